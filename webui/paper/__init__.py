"""What the page prints: reports, packs for auditors, notices and cards, all of one look, as PDF."""
