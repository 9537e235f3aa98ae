"""The law that this page follows, as it stood on one day, for a small office in the United Kingdom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from webui.translation import gettext as _

#: When somebody last read all of it against the text.
AS_OF = date(2026, 11, 22)


@dataclass(frozen=True)
class Law:
    """``short`` is how an item refers to it; ``since`` the day from which it counts for this."""

    key: str
    short: str
    name: str
    asks: str
    since: date


def laws() -> tuple[Law, ...]:
    """All of it, in the language of this request."""
    return (*_of_communications(), *_of_data(), *_of_trades())


def _of_communications() -> tuple[Law, ...]:
    return (
        Law(
            "ipa",
            "IPA 2016, s. 46",
            _("Investigatory Powers Act 2016, section 46"),
            _(
                "A business may record calls on its own telephone system only as regulations allow; otherwise it "
                "is an offence."
            ),
            date(2018, 6, 27),
        ),
        Law(
            "ibr",
            "SI 2018/356",
            _(
                "Interception by Businesses etc. for Monitoring and Record-keeping Purposes Regulations 2018, SI "
                "2018/356"
            ),
            _(
                "Only calls that have to do with the business, for a purpose that the regulations name, and after all "
                "reasonable efforts to tell everybody who may use the telephones. They replaced the Lawful Business "
                "Practice Regulations of 2000."
            ),
            date(2018, 6, 27),
        ),
        Law(
            "pecr",
            "PECR 2003",
            _("Privacy and Electronic Communications (EC Directive) Regulations 2003, SI 2003/2426"),
            _(
                "Who calls to sell says who they are, and does not call numbers that do not want it. A recording "
                "proves either."
            ),
            date(2003, 12, 11),
        ),
    )


def _of_data() -> tuple[Law, ...]:
    return (
        Law(
            "gdpr",
            "UK GDPR",
            _("UK General Data Protection Regulation"),
            _(
                "A lawful basis that is written down (Art. 6), people told (13, 14), their requests answered within a "
                "month (12, 15 to 21), a record of processing (30), safety (32), breaches told within 72 hours "
                "(33, 34), "
                "risks assessed (35), a contract with whoever keeps data for the office (28), and nothing kept for "
                "longer than needed (5)."
            ),
            date(2021, 1, 1),
        ),
        Law(
            "dpa",
            "DPA 2018",
            _("Data Protection Act 2018"),
            _(
                "Exemptions, among them for legal claims and the police (Schedule 2), and complaints to the "
                "office (section 164A)."
            ),
            date(2018, 5, 25),
        ),
        Law(
            "duaa",
            "DUAA 2025",
            _("Data (Use and Access) Act 2025"),
            _(
                "A search for somebody's data is as far as is reasonable and proportionate, the clock stops for a "
                "clarification, and since 19 June 2026 an office helps people to complain, by a form too, and "
                "acknowledges that within 30 days."
            ),
            date(2026, 2, 5),
        ),
        Law(
            "fee",
            "SI 2018/480",
            _("Data Protection (Charges and Information) Regulations 2018, SI 2018/480, as amended by SI 2025/63"),
            _(
                "A yearly fee to the commissioner: £52 for the smallest offices, £78 for small and medium ones, "
                "£3,763 for large ones."
            ),
            date(2025, 2, 17),
        ),
        Law(
            "workers",
            _("ICO, monitoring workers"),
            _("Information Commissioner's guidance: Employment practices and data protection, monitoring workers"),
            _(
                "Staff know what is recorded, why and who may listen; the risks are assessed first; private "
                "calls have a place."
            ),
            date(2023, 10, 3),
        ),
    )


def _of_trades() -> tuple[Law, ...]:
    return (
        Law(
            "pci",
            "PCI DSS 4.0.1",
            _("Payment Card Industry Data Security Standard 4.0.1"),
            _(
                "The security code of a card is kept nowhere once the payment went through (3.3.1), a recording "
                "included; "
                "who reaches card data signs in with two factors (8.4), and who may is looked at twice a year (7.2.4). "
                "It binds by the contract with the bank."
            ),
            date(2025, 3, 31),
        ),
        Law(
            "sysc",
            "SYSC 10A",
            _("Financial Conduct Authority Handbook, SYSC 10A"),
            _(
                "Firms that deal or arrange deals in investments record such calls and keep them five years, "
                "seven if the FCA asks."
            ),
            date(2018, 1, 3),
        ),
        Law(
            "limitation",
            _("Limitation Act 1980"),
            _("Limitation Act 1980, section 5"),
            _(
                "Claims from a contract can be brought for six years: the reason why the standard class keeps "
                "calls so long."
            ),
            date(1981, 5, 1),
        ),
    )
