"""Who trains, who pays and how much: integers in, integers out (mechanism.md)."""
