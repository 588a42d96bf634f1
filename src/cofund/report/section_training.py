"""The work: rounds, their digests, deliveries, and who was missing."""

from collections.abc import Iterator

from cofund.report.accuracy import metric_name
from cofund.report.figure_curve import curve_figure
from cofund.report.markup import Html, bullets, code, fold, paragraph, table
from cofund.report.verdict import Findings, failures
from cofund.report.words import NOTHING, many, stamp

NO_TRAINING = "The campaign was not funded, so nothing was trained."


def rounds(found: Findings) -> Iterator[Html]:
    """The curve, and every round as it was recorded on chain."""
    recorded = found.reading.record["rounds"]
    if not recorded:
        yield paragraph(NO_TRAINING)
        return
    yield curve_figure(found.reading)
    yield fold(
        f"All {many(len(recorded), 'round')} with their digests",
        paragraph(
            "The model digest identifies the shared model after the round, byte for byte; the updates root every "
            "client's update that went into it. Both were recorded on chain before the next round began."
        ),
        table(
            f"Rounds; the metric is the {metric_name(found.reading)}",
            ["Round", "Recorded", "Metric", "Delivered", "Missing", "Model digest", "Updates root"],
            [
                [
                    row["round"],
                    stamp(row["time"]),
                    row["metric"],
                    row["delivered"],
                    ", ".join(row["missing"]) or NOTHING,
                    code(row["model_digest"]),
                    code(row["updates_root"]),
                ]
                for row in recorded
            ],
            numbers=(0, 2, 3),
            class_="digests",
        ),
    )


def deliveries(found: Findings) -> Iterator[Html]:
    """What every edge signed, and everything that did not go as planned."""
    sentences = failures(found)
    yield paragraph("What did not go as planned:" if sentences else "Everything went as planned.")
    if sentences:
        yield bullets(sentences)
    roots = found.reading.record["roots"]
    if not roots:
        yield paragraph(NO_TRAINING)
        return
    possible = {edge.id: edge.winners * found.reading.rounds_done for edge in found.edges}
    yield table(
        "Client-rounds that each edge signed for; the contract pays no more",
        ["Edge", "Delivered", "Possible", "Missed", "Up to round", "Signed root"],
        [
            [
                root["edge"],
                root["total"],
                possible[root["edge"]],
                possible[root["edge"]] - root["total"],
                root["up_to_round"],
                code(root["root"]),
            ]
            for root in roots
        ],
        numbers=(1, 2, 3, 4),
        class_="digests",
    )
