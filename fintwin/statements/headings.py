"""What banks call their columns, in the languages they write."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache

ROLES = (
    "booked",
    "value",
    "amount",
    "debit",
    "credit",
    "flag",
    "currency",
    "balance",
    "payee",
    "payer",
    "payee_account",
    "purpose",
    "reference",
    "end_to_end",
    "account",
    "status",
    "fee",
)
"""What a column may be; "" is a column that is not used."""

UNUSED = ""

_NAMES: Mapping[str, str] = {
    # In order of preference: where two columns of a file want the same role, the earlier name gets it.
    "booked": """
        completed date; booking date; date booked; posting date; posted date; post date; date posted; posted on;
        transaction posted; transaction date; trans date; txn date; tran date; created; created on; date; trade date;
        datetime; date time; timestamp; process date; entry date; started date; settled date;
        buchungstag; buchungsdatum; buchung; datum; belegdatum; abschlussdatum; transaktionsdatum; umsatzdatum;
        boekdatum; boekingsdatum; transactiedatum; uitvoeringsdatum; verwerkingsdatum; datum transactie;
        date de comptabilisation; date comptable; date operation; date de l operation; date d operation; dateop;
        date op; date de transaction; date d execution; date d ecriture;
        fecha operacion; fecha de operacion; fecha contable; fecha; f operacion; f contable; fecha oper;
        fecha movimiento; fecha de la operacion; fecha transaccion;
        data contabile; data operazione; data registrazione; data; data movimento; data della operazione;
        data mov; data movimento; data lancamento; data do movimento; data da operacao; data operacao;
        bokforingsdag; bokforingsdatum; bokfort dato; bokfort; transaktionsdag; dato; bogfort; bogforingsdato;
        bokforingsdato; kirjauspaiva; kirjauspvm; pvm; data operacji; data transakcji; data ksiegowania;
        data ksiegowania transakcji; datum zauctovani; datum provedeni; datum odepsani; konyveles datuma;
        konyvelesi datum; data tranzactiei; tarih; islem tarihi""",
    "value": """
        value date; value dt; val date; valuta; valutadatum; wertstellung; wertstellungsdatum; wert; valuta datum;
        wertstellung valuta; valutatag; rentedatum; date de valeur; date valeur; dateval; date val; fecha valor;
        f valor; fecha de valor; data valuta; data valor; data de valor; rentedato; valutadag; rantedag; arvopaiva;
        data waluty; erteknap; valor""",
    "amount": """
        amount; net; transaction amount; amount net; net amount; value; amount credit debit; sum; total; payment amount;
        debit credit; credit debit; amt; amount in account currency; billing amount;
        betrag; umsatz; buchungsbetrag; betrag in kontowahrung; umsatzbetrag; bedrag; bedrag transactie; montant;
        montant de l operation; montant operation; importe; importe operacion; importe eur; monto; cantidad; importo;
        importo in euro; valor; montante; quantia; importancia; belopp; belob; bel b; belop; maara; summa; kwota;
        kwota operacji; kwota transakcji; kwota w walucie rachunku; objem; castka; osszeg; suma; tutar; umsatz in""",
    "debit": """
        debit; debits; debit amount; amount debit; withdrawal; withdrawals; withdrawal amt; withdrawal amount; paid out;
        money out; outflow; out; payments; spent; dr; debit amt; amount out; soll; lastschrift; belastung; belastungen;
        ausgang; ausgaben; ausgabe; debet; af; uitgaven; afschrijving; debits; montant debit; depenses; sortie;
        cargo; cargos; debe; debito; debitos; gastos; retiros; uscite; uscita; dare; addebiti; addebito; saida;
        saidas; ut; ut fra konto; uttag; ut av konto; udgift; obciazenia; wydatki; terheles""",
    "credit": """
        credit; credits; credit amount; amount credit; deposit; deposits; deposit amt; deposit amount; paid in;
        money in; inflow; in; receipts; received; cr; credit amt; amount in; haben; gutschrift; gutschriften; eingang;
        einnahmen; einnahme; bij; inkomsten; bijschrijving; montant credit; recettes; entree; abono; abonos; haber;
        credito; creditos; ingresos; depositos; entrate; entrata; avere; accrediti; accredito; entrada; entradas;
        inn; inn pa konto; insattning; inn til konto; indtaegt; uznania; wplywy; jovairas""",
    "flag": """
        debit credit; credit debit; dr cr; cr dr; d c; c d; debit credit indicator; credit debit indicator;
        cdtdbtind; indicator; sign; direction; soll haben; s h; sollhaben; soll haben kennzeichen; af bij; bij af;
        d k; sens; debit ou credit; signo; segno; dare avere; transaction type; type; typ; art; details; tipo""",
    "currency": """
        currency; ccy; curr; currency code; transaction currency; wahrung; waehrung; munt; valuta; devise; monnaie;
        divisa; moneda; moeda; valuuta; waluta; mena; penznem; deviza; valuta rekening; muntsoort; para birimi""",
    "balance": """
        balance; running balance; running bal; closing balance; account balance; balance after; balance after transaction;
        available balance; ledger balance; current balance; saldo; kontostand; saldo nach buchung; saldo na mutatie;
        saldo na trn; saldo na transactie; saldo na boeking; eindsaldo; nieuw saldo; solde; accountbalance; solde apres;
        saldo contable; saldo disponible; saldo contabile; saldo contabilistico; saldo progressivo; saldo disponivel;
        saldo po transakcji; saldo po operacji; egyenleg; bakiye; disponible; saldo in; bokfort saldo""",
    "payee": """
        payee; payee name; counterparty; counter party; counterparty name; partner name; merchant; merchant name;
        beneficiary; beneficiary name; name; recipient; target name; supplier; third party; other party; op name;
        beguenstigter zahlungspflichtiger; auftraggeber begunstigter; begunstigter auftraggeber; empfanger;
        zahlungsempfanger in; zahlungsempfanger; name zahlungsbeteiligter; auftraggeber empfanger; begunstigter;
        auftraggeber zahlungsempfanger; zahlungsbeteiligter; gegenpartei; empfangername; partnername; partner;
        name des partners; tegenpartij; naam tegenpartij; naam omschrijving; naam; naam van tegenpartij;
        naam tegenrekening; tegenpartij naam; supplierfound; libelle simplifie; tiers; beneficiaire; contrepartie;
        nom de la contrepartie; nom contrepartie; beneficiario; ordenante beneficiario; contraparte; destinatario;
        controparte; ordinante beneficiario; beneficiario ordinante; mottagare; mottaker; modtager; namn; navn;
        saaja maksaja; saaja; nadawca odbiorca; odbiorca; nazwa kontrahenta; kontrahent; nazev protiuctu;
        nazev protistrany; protistrana; partner neve; esercente""",
    "payer": """
        payer; payer name; sender; sender name; source name; auftraggeber; zahlungspflichtige r; zahlungspflichtiger;
        empfanger zahlungspflichtiger; betaler; ordonnateur; emetteur; ordenante; ordinante; avsandare; avsender;
        maksaja; nadawca""",
    "payee_account": """
        payee account; payee account number; counterparty account; counterparty iban; counterparty account number;
        partner iban; partner account number; beneficiary account; beneficiary iban; other account; op bank account number;
        iban zahlungsbeteiligter; kontonummer iban; iban kontonummer; konto nr; gegenkonto; iban des partners;
        kontonummer des auftraggebers empfangers; empfanger iban; iban begunstigter; tegenrekening;
        tegenrekening iban bban; rekening tegenpartij; rekeningnummer tegenpartij; iban tegenpartij;
        compte contrepartie; compte beneficiaire; iban beneficiaire; numero de compte de la contrepartie;
        cuenta beneficiario; cuenta contraparte; iban beneficiario; iban controparte; modkonto; motkonto; motpartskonto;
        saajan tilinumero; numer rachunku kontrahenta; rachunek kontrahenta; protiucet; cislo protiuctu; partner szamla""",
    "purpose": """
        description; details; narrative; narration; memo; particulars; transaction description; payment reference;
        transaction details; remarks; remittance information; reference; statement descriptor; note; notes; message;
        description 1; description 2; memo description; original description; transaction particulars; text;
        verwendungszweck; vorgang verwendungszweck; buchungstext; buchungsdetails; avisierungstext; beschreibung;
        buchungsinformation; mitteilung; zahlungsgrund; umsatztext; notiz; omschrijving; mededelingen; mededeling;
        vrije mededeling; gestructureerde mededeling; omschrijving 1; omschrijving 2; omschrijving 3; betalingskenmerk;
        communication; communications; libelle; libelle operation; label; detail de l ecriture; libelle de l operation;
        informations complementaires; motif; nature de l operation; detail; concepto; descripcion; observaciones;
        movimiento; detalle; mas datos; referencia; concepto ampliado; descrizione; descrizione completa; causale;
        descrizione operazione; dettagli; descricao; descritivo; historico; detalhes; descricao da operacao;
        beskrivning; rubrik; meddelande; tekst; forklaring; beskrivelse; melding; selitys; viesti; opis operacji;
        tytul; tytul operacji; opis; opis transakcji; tytulem; zprava pro prijemce; poznamka; popis; kozlemeny;
        narracio; aciklama; detalii tranzactie; narrative 1; narrative 2; narrative 3; bemerkung""",
    "reference": """
        transaction id; transactionid; id; unique id; transaction reference; transaction number; transferwise id; fitid;
        bank reference; reference number; ref no; transactiereferentie; volgnr; volgnummer; transaktions id;
        transaktionsnummer; buchungsreferenz; bankreferenz; identificador; id pohybu; id operace; id transakcji;
        numero operacion; identificativo operazione; archivierungsnummer; arkistointitunnus; arkistotunnus""",
    "end_to_end": """
        end to end id; endtoendid; end to end reference; end to end referenz; end2end; kundenreferenz end to end;
        kundenreferenz; customer reference; machtigingskenmerk end to end; reference end to end; eref""",
    "account": """
        own account; account number; account no; account; bank account; iban; auftragskonto; iban auftragskonto;
        konto; kontonummer; eigene iban; rekening; rekeningnummer; iban bban; accountnum; numero de compte; compte;
        cuenta; numero de cuenta; conto; numero conto; numero rapporto; conta; numero da conta; kontonr; tilinumero;
        numer rachunku; rachunek; cislo uctu; szamlaszam; hesap no; account id""",
    "status": """
        status; state; transaction status; buchungsstatus; umsatzstatus; info; statut; estado; stato; situacao; tila;
        stan""",
    "fee": """
        fee; fees; transaction fee; total fees""",
}

_IGNORED = """
    local amount; local currency; original amount; original currency; amount foreign currency; type foreign currency;
    foreign amount; foreign currency amount; foreign currency; exchange rate; rate; betrag ursprungswahrung;
    betrag ursprung; ursprungswahrung; fremdwahrung; wechselkurs; umrechnungskurs; fremdwahrungsbetrag; gross;
    category; kategorie; categorie; categoria; subcategory; sub category; bic; blz; swift; bankleitzahl; time; uhrzeit;
    timezone; time zone; tags; receipt; address; emoji; check number; cheque number; card number; card no; mcc;
    glaubiger id; mandatsreferenz; incassant id; sammlerreferenz; balance impact; sort code; bic tegenpartij;
    saldo vor; opening balance; original betrag; fremde gebuhren; category parent; montant francs; account type;
    account name; accountlabel; kontobezeichnung; kontoname; rubrieknaam; munt oorspronkelijk; cashback;
    lastschrift ursprungsbetrag; auslagenersatz rucklastschrift; bic swift code; abweichender empfanger;
    anzahl der auftrage; anzahl der schecks; product; afschriftnummer; adres tegenpartij; bic tegenpartij;
    from email address; to email address; koers; code; mutatiesoort; tag; volume; quantity; item id
"""

_ENGLISH = (
    "date description amount debit credit balance details type reference memo account number transaction posting posted "
    "value paid in out payee name category currency status state completed started product fee id check or slip money "
    "withdrawal withdrawals deposit deposits booking counter party narrative narration running bal card no trans post "
    "time notes address local created cheque original"
)
_LETTERS = str.maketrans(
    {"ø": "o", "æ": "a", "œ": "o", "ł": "l", "đ": "d", "ı": "i", "ß": "ss", "€": " eur ", "£": " gbp "}
)
_MONEY = re.compile(r"\b(eur|euro|euros|usd|gbp|chf|sek|nok|dkk|pln|czk|huf|aud|nzd|cad|inr|brl|jpy|zar|ron|try)\b")
_GROSS = re.compile(r"\b(gross|brutto\w*|bruto|brut|lordo|before fees?|excl\w* fees?|without fees?)\b")
_LONGEST = 80


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """A heading without case, accents, signs and the two ways to write an umlaut: `Währung` and `WAEHRUNG` are one."""
    low = unicodedata.normalize("NFKD", text[:_LONGEST].casefold().translate(_LETTERS))
    plain = "".join(char if char.isalnum() else " " for char in low if not unicodedata.combining(char))
    for pair, letter in (("ae", "a"), ("oe", "o"), ("ue", "u")):
        plain = plain.replace(pair, letter)
    return " ".join(plain.split())


@cache
def _vocabulary() -> dict[str, dict[str, int]]:
    """Folded name -> role -> place in its order of preference."""
    words: dict[str, dict[str, int]] = {}
    for role, names in (*_NAMES.items(), (UNUSED, _IGNORED)):
        for place, name in enumerate(names.split(";")):
            words.setdefault(folded(name), {}).setdefault(role, place)
    words.pop("", None)
    return words


@cache
def _english() -> frozenset[str]:
    return frozenset(map(folded, _ENGLISH.split()))


@lru_cache(maxsize=4096)
def meanings(heading: str) -> tuple[tuple[str, int], ...]:
    """The roles a heading may have, with how well it fits (less is better); empty when it says nothing."""
    name = folded(heading)
    words = _vocabulary()
    bare = " ".join(_MONEY.sub(" ", name).split())
    if bare.endswith(" in"):
        bare = bare.removesuffix(" in")
    for exact in (name, bare):
        if exact in words:
            return tuple(sorted(words[exact].items(), key=lambda pair: pair[1]))
    padded = f" {bare} "
    inside = [known for known in words if len(known) >= 4 and f" {known} " in padded]
    if inside:
        best = max(inside, key=len)
        return tuple((role, 200 + place) for role, place in sorted(words[best].items(), key=lambda pair: pair[1]))
    return ()


def money_of(heading: str) -> str:
    """The currency that a heading such as `Betrag (EUR)` names, or ""."""
    found = _MONEY.search(folded(heading))
    if not found:
        return ""
    return "EUR" if found[1].startswith("eur") else found[1].upper()


def is_gross(heading: str) -> bool:
    """Whether a heading says that fees are still to come off, as `Gross` or `Amount (excl. fees)`."""
    return _GROSS.search(folded(heading)) is not None


def is_english(headings: tuple[str, ...]) -> bool:
    """Whether the headings are English words, so that the order of day and month stays open."""
    known = [set(folded(heading).split()) for heading in headings if meanings(heading)]
    return bool(known) and sum(bool(words & _english()) for words in known) * 2 >= len(known)
