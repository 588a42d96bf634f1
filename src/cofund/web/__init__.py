"""The dashboard and dapp of ``cofund web``: pages, JSON, CSV, metrics and webhooks over what a chain or a record says.

The server only reads; whoever wants to change something signs with the wallet in the browser.
"""
