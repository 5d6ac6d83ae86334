"""What a note says without the name: laboratory values, abbreviations of the clinic, and everyday turns of phrase.

"eGFR 31" is a kidney disease, "165/90" a high blood pressure, "NYHA III" a heart failure and "31+2 SSW" a pregnancy.
Limits: KDIGO 2024 (GFR under 60 ml/min), ESC/ESH 2018 (140/90 mmHg), ADA 2024 (HbA1c from 6.5 %), ERC 2021 (potassium
from 5.5 mmol/l).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

ALL = frozenset({"en", "fr", "de", "es", "it", "nl", "pt", "pl"})


@dataclass(frozen=True, slots=True)
class Cue:
    """One expression: what it stands for, in which languages, and whether its figures are far enough from normal."""

    role: str
    id: str
    pattern: re.Pattern[str]
    languages: frozenset[str] = ALL
    holds: Callable[[re.Match[str]], bool] | None = None


def find_cues(text: str, language: str) -> Iterator[tuple[str, str, int, int]]:
    """Role, id, and first and last character (exclusive) of every cue in a text."""
    for cue in CUES:
        if language not in cue.languages:
            continue
        for found in cue.pattern.finditer(text):
            if cue.holds is None or cue.holds(found):
                yield cue.role, cue.id, found.start(), found.end()


def _number(found: re.Match[str], group: int = 1) -> float:
    return float(found[group].replace(",", "."))


def _cue(id: str, pattern: str, languages: str = "", *, exact: bool = False, **more: Any) -> Cue:
    flags = 0 if exact else re.IGNORECASE
    tongues = frozenset(languages.split()) if languages else ALL
    return Cue(more.pop("role", "condition"), id, re.compile(pattern, flags), tongues, **more)


_WEEKS = r"\d{1,2}(?:\s*\+\s*\d(?:/7)?)?"
_COUNT = r"(?:\d{1,2}(?:[.ªº°]|th|e|de)?|[a-zß-ÿąćęłńóśźż]{3,12})"
CUES: tuple[Cue, ...] = (
    _cue(
        "ckd",
        r"\b(?:e-?gfr|[ev]?dfg|tfg[er]?|fge?|vfg|gfr|rfg|clcr|crcl|clairance|aclaramiento|clearance|klaring|klirens)\b"
        r"[^\d\n;.]{0,25}(\d{1,3})(?!\d)",
        holds=lambda found: 0 < _number(found) < 60,
    ),
    _cue(
        "ckd",
        r"\b(?:CKD|MRC|ERC|IRC|DRC|IRCT|IRT|PChN|PNN|CNI|CNS|NINS|CNV|EKD)(?=\s*(?:G?\d|stad|st\b|$|[,.;:]))",
        exact=True,
    ),
    _cue("ckd", r"\b(?:IRC|IRCT|MRC)\b", "fr it", exact=True),
    _cue("ckd", r"\b(?:ERC|IRC)\b", "es", exact=True),
    _cue("ckd", r"\b(?:DRC|IRC)\b", "pt", exact=True),
    _cue("ckd", r"\b(?:PChN|PNN)\b", "pl", exact=True),
    _cue("ckd", r"\bG[345][ab]?\s*/?\s*A[123]\b", exact=True),
    _cue(
        "ckd",
        r"\b(?:kidneys|reins|nieren|riñones|reni|rins|nerki|nerkami|nerek)\b[^.;:\n]{0,30}?(?:\b(?:bad|weak|failing|"
        r"damaged|packing up|not (?:great|good|well|what)|aren.?t|don.?t work|pas (?:fort|bien|terrible)|fatigués|"
        r"malades|abîmés|nicht mehr\b[^.,;–]{0,20}|schwach|kaputt|krank|schlecht|no (?:andan|van|funcionan|están)"
        r"(?: (?:bien|finos))?|mal|non (?:vanno|funzionano|stanno)(?: (?:bene|tanto))?|malati|malandati|"
        r"niet (?:goed|best|meer)|slecht|zwak|não (?:andam|funcionam|estão)(?: bem)?|fracos|doentes|"
        r"nie (?:pracują|działają|domagają)|szwankują|chore|słabe|niewydolne))\b",
    ),
    _cue(
        "ckd",
        r"\b(?:bad|weak|failing|dodgy|dicky) kidneys\b|\bniewydolno\w+ nerek|\bchor\w+ (?:na )?nerk\w+"
        r"|\bsłab\w+ nerk\w+|\bkranke Nieren|\bschwache Nieren|\binsuf\w+ renal|\binsuffisance rénale"
        r"|\bproblèmes? (?:de|aux) reins"
        r"|\bproblemas? (?:de|en los|nos|dos) (?:riñón|riñones|rins)|\bproblemi (?:ai|di|con i) reni"
        r"|\bproblem\w* z nerkami|\bkidney (?:trouble|problems?|patient)|\bNieren(?:probleme|leiden)|\bnierproblemen",
    ),
    _cue("dialysis", r"\b(?:\w+\s?-?)?dial[iy][sz]\w*"),
    _cue(
        "hypertension",
        r"\b(?:BP|RR|TA|PA|T/A|RTA|blood pressure|tension|tensión|tensão|pression|pressione|pressão|Blutdruck|bloeddruk"
        r"|ciśnienie)\b\D{0,15}?(\d{3})\s*/\s*(\d{2,3})\b",
        holds=lambda found: _number(found) >= 140 or _number(found, 2) >= 90,
    ),
    _cue("hypertension", r"\b(?:HTA|HTN|HBP|aHT|arHT)\b", exact=True),
    _cue("hypertension", r"\bHAS\b", "pt", exact=True),
    _cue("hypertension", r"\bNT\b", "pl", exact=True),
    _cue("hypertension", r"\bHT\b", "nl en de", exact=True),
    _cue(
        "hypertension",
        r"\b(?:tablets?|pills?|meds|medication|medicine|treatment|treated|something) for (?:my |his |her |the |high )*"
        r"(?:blood pressure|bp)\b|\b(?:blood pressure|bp) (?:tablets?|pills?|meds|medication|medicine)",
        "en",
    ),
    _cue(
        "hypertension",
        r"\b(?:traitement|cachets?|comprimés?|médicaments?|pilules?|quelque chose|soign\w+|suivie?) (?:pour|contre) "
        r"(?:la|ma|sa|l'hyper)\s?tension|\b(?:fais|fait|ai|a) de la tension",
        "fr",
    ),
    _cue(
        "hypertension",
        r"\bBlutdruck(?:tablette|mittel|medikament|senker|patient)\w*|\b(?:Tabletten?|etwas|was|Medikamente?|Mittel) "
        r"(?:gegen|für|wegen) (?:den |meinen |zu )*(?:hohen |hohem )?Blutdruck",
        "de",
    ),
    _cue(
        "hypertension",
        r"\b(?:pastillas?|tratamiento|medicación|medicinas?|medicamentos?|algo) (?:para|de) la (?:tensión|presión)"
        r"|\b(?:tensión|presión) por las nubes",
        "es",
    ),
    _cue(
        "hypertension",
        r"\b(?:pastigli\w+|pillol\w+|cura|farmac\w+|terapia|compress\w+|medicin\w+) (?:per|della) (?:la )?pressione"
        r"|\b(?:ha|ho|soffr\w+ di|con la) pressione(?: \w+)? alta",
        "it",
    ),
    _cue(
        "hypertension",
        r"\bbloeddruk(?:pil|tablet|verlager|medicijn|medicatie)\w*|\b(?:pil\w*|medicijn\w*|iets|tablet\w*) "
        r"(?:voor|tegen) (?:de |mijn |zijn |haar |hoge )*bloeddruk",
        "nl",
    ),
    _cue(
        "hypertension",
        r"\b(?:comprimid\w+|remédios?|medica\w+|tratamento) (?:para|p/|da) ?a? ?(?:tensão|pressão)",
        "pt",
    ),
    _cue("hypertension", r"\b(?:tabletk\w+|lek\w*|coś|tabletek) na (?:nad)?ciśnienie|\bnadciśnieni\w*", "pl"),
    _cue(
        "diabetes",
        r"\b(?:T[12]DM|DMT?\s?-?(?:[12]|II?)|DM[12]T|DM (?:tipo|type|Typ|typu) ?(?:[12]|II?)|DM|DNID|DID|DT[12]|T[12]D"
        r"|N?IDDM)\b",
        exact=True,
    ),
    _cue("diabetes", r"\btype (?:[12]|one|two)(?= here|,| diab)|\b(?:i.?m|is|am|as) an? type (?:[12]|one|two)\b", "en"),
    _cue("diabetes", r"\bHbA1c\D{0,6}(\d{1,2}[.,]\d)", holds=lambda found: _number(found) >= 6.5),
    _cue(
        "diabetes",
        r"\b(?:sugar diabetes|high blood sugar|du sucre dans le sang|(?:hat|habe|hab) (?:den )?Zucker(?=\s*(?:$|[,.;!]|"
        r"und))|Zucker (?:hat|habe) (?:er|sie|ich)|Alterszucker|(?:tiene|tengo) (?:el )?azúcar(?: alta)?(?=[,.;]|$)|"
        r"azúcar en (?:la )?sangre|azúcar alta|glicemia alta|zuccheri alti|zucchero (?:alto|nel sangue)|"
        r"(?:heeft|heb) suiker(?=[,.;]|$)|açúcar (?:no sangue|alto)|"
        r"(?:ma|mam) cukier(?=[,.;]|$)|(?:wysoki|podwyższony) cukier)",
    ),
    _cue("heart_failure", r"\bNYHA\b|\bHF[rpm]r?EF\b|\bCHF\b|\bICC\b|\bIC[- ]?FE[rpc]?\b", exact=True),
    _cue(
        "heart_failure",
        r"\b(?:failing|weak|dicky) heart\b|\binsuf\w+ card[ií]a\w+|\binsuffisance cardiaque|\bscompenso cardiaco"
        r"|\bHerzschwäche|\bhartfalen|\bniewydolno\w+ serca",
    ),
    _cue(
        "hyperkalemia",
        r"(?:\bK\+?|\bkali[eé]mie|\bkaliemia|\bpotassium|\bpotasio|\bpotassio|\bpotássio|\bkalium|\bpotas)"
        r"\s*[:=]?\s*(\d[.,]\d)\b",
        holds=lambda found: 5.5 <= _number(found) < 9,
    ),
    _cue(
        "pregnancy",
        rf"(?:^|(?<=[,;.] )|(?<=at ))[1-4]?\d(?:\+\d)?/40\b|\bSSW\s*{_WEEKS}"
        rf"|\b{_WEEKS}\.?\s*SSW\b|\b{_WEEKS}\s*(?:SA|hbd|tc)\b"
        rf"|\b(?:IG|EG|AD|SG)\s*:?\s*{_WEEKS}|\bG\d\s?P\d\b[^.;\n]{{0,20}}?{_WEEKS}\s*(?:wks?|weeks|sem|s|w|SA|Wo|tyg)\b",
        exact=True,
    ),
    _cue("pregnancy", rf"\b(?:gestantes?|gravidanz\w+|{_WEEKS} (?:weeks|semanas|settimane) (?:de |di )?gesta\w+)\b"),
    _cue(
        "pregnancy",
        rf"\b{_COUNT} (?:weeks|months) (?:along|gone)\b|\bexpecting (?:our|a|my|twins|again|in)\b"
        r"|\bbaby.?s? (?:is )?due\b|\bbun in the oven\b|\bmy due date\b|\bpreggers\b",
        "en",
    ),
    _cue(
        "pregnancy", r"\battend(?:s|ons)? (?:un (?:bébé|enfant)|des jumeaux|notre|mon premier)|\bfuture maman\b", "fr"
    ),
    _cue(
        "pregnancy",
        r"\berwarte(?:t|n)? (?:ein|unser|mein|Zwillinge|Nachwuchs)|\b(?:bin|ist) im \w+\.? Monat\b|guter Hoffnung",
        "de",
    ),
    _cue(
        "pregnancy",
        rf"\b(?:estoy|está) de {_COUNT} (?:meses|semanas)\b|\besper(?:o|a|amos|ando) (?:un|nuestro) (?:bebé|hijo)",
        "es",
    ),
    _cue(
        "pregnancy",
        rf"\baspett(?:o|a|iamo) un (?:bambin|bimb|figli)\w+|\b(?:sono|è) (?:al|di|alla) {_COUNT} "
        r"(?:mes[ei]|settiman[ae])\b",
        "it",
    ),
    _cue(
        "pregnancy",
        rf"\b(?:ben|is) (?:nu |al )?{_COUNT} weken(?=[,.;]|$| ver)|\bverwacht(?:en)? (?:een|ons|mijn) (?:kind|baby)",
        "nl",
    ),
    _cue(
        "pregnancy",
        rf"\b(?:estou|está) de {_COUNT} (?:meses|semanas)\b|\bà espera d[eo] (?:um |meu )?beb|\besper(?:o|a) um beb",
        "pt",
    ),
    _cue("pregnancy", r"\bspodziewa\w+ się dziecka|\bjest\w* w \w+ miesiącu\b|\bprzy nadziei\b|\bciąż\w+", "pl"),
    _cue(
        "kidney_stones",
        r"\b(?:kidney|renal|oxalate|calcium oxalate|ca-oxalate|ureteric) (?:stones?|calculi)|\b(?:nephro|uro)lithiasis"
        r"|\blithiases? (?:oxal|rénal|urin|calc)\w*|\bcalculs? (?:réna|oxal|urin)\w*|\bcoliques? néphrétiques?"
        r"|\b(?:Nieren|Harn|Oxalat|Harnleiter)stein\w*|\b(?:Nephro|Uro)lithiasis|\blitiasis (?:renal|ox|ur|cál)\w*"
        r"|\bcálculos? (?:rena|de ox|no rim|nos rins)\w*|\bpiedras? en (?:el|los) riñ\w+|\bcólicos? (?:nefr|ren)\w+"
        r"|\bcalcoli (?:renali|al rene|ai reni|di oss\w+)|\bcalcolosi (?:ren|oss|ur)\w*|\blitiasi (?:ren|oss|ur)\w*"
        r"|\bn[ei]frolit\w+|\bnierste+n\w*|\b\w*oxalaatste+n\w*|\bpedras? nos? ri\w+|\blitíase (?:ren|de ox|ox|ur)\w*"
        r"|\bkamic\w+ (?:szczawian|nerk|moczow|układu)\w*|\bkamieni\w* (?:nerk|w nerk|szczaw)\w*",
    ),
    _cue(
        "ibs_fodmap", r"\bcólon irritável|\bcolon irritable|\bprikkelbare ?darm\w*|\bjelit\w+ drażliw\w+|\bReizdarm\w*"
    ),
    _cue("ibs_fodmap", r"\b(?:RDS|PDS|SII|ZJD|SCI)\b", "de nl es it pt pl fr", exact=True),
    _cue("infant", r"\bSgl\.|\bSäugl\.|\blactentes?\b|\bzuigeling\w*"),
    _cue("infant", r"\bRN\b(?= (?:de )?\d)", "es pt", exact=True),
    _cue("milk", r"\b(?:APLV|CMPA|CMPI|KMEA|KMPA|KMA|KME-?allergie|ABMK|ABKM|IPLV)\b", exact=True, role="allergy of"),
    _cue("milk", r"\bPLV\b", "fr es pt it", exact=True, role="allergen"),
)
"""All cues; a later one may overlap an earlier."""
