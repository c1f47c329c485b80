"""Proof that the books are whole, from their rows alone. Each finding names a rule, and where it does not hold.

Read as the system role, which sees everybody's rows. A rule is one statement, so it sees one snapshot: a posting under
way raises no alarm.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session

MOST = 100
"""Findings reported of one rule."""


Named = Callable[[str, int], str]
"""How a sentence calls a thing: its kind in one word (`transaction`, `account`) and its id."""


def by_id(_kind: str, id: int) -> str:
    """By its bare id, for those who look into the database."""
    return str(id)


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that does not hold: its name, a sentence, and the table and id where it was seen."""

    rule: str
    sentence: str
    table: str
    id: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A query whose rows (id, detail) break the rule.

    Attributes:
        alone: it can be tried on one person's rows, with no other's in sight.
    """

    name: str
    sentence: str
    table: str
    query: str
    alone: bool = True


RULES: Sequence[Rule] = (
    Rule(
        "balance_is_sum",
        "Account {id}: the balance is not the sum of its entries ({detail}).",
        "account",
        """
        SELECT a.id, a.posted_balance || ' against ' || coalesce(s.total, 0) AS detail
        FROM account a LEFT JOIN (SELECT account, sum(amount) AS total FROM entry WHERE version IS NOT NULL GROUP BY account) s ON s.account = a.id
        WHERE a.custody IS NOT NULL AND a.posted_balance <> coalesce(s.total, 0)
        """,
    ),
    Rule(
        "versions_without_gap",
        "Account {id}: its entries are not numbered from 1 to its version ({detail}).",
        "account",
        """
        SELECT a.id, coalesce(s.many, 0) || ' entries, highest ' || coalesce(s.highest, 0) || ', version ' || a.version AS detail
        FROM account a LEFT JOIN (
          SELECT account, count(*) AS many, count(DISTINCT version) AS distinct_versions, min(version) AS lowest, max(version) AS highest
          FROM entry WHERE version IS NOT NULL GROUP BY account) s ON s.account = a.id
        WHERE a.version <> coalesce(s.many, 0) OR a.version <> coalesce(s.highest, 0)
           OR s.many <> s.distinct_versions OR coalesce(s.lowest, 1) <> 1
        """,
    ),
    Rule(
        "running_balance",
        "Account {id}: a balance after an entry is not the sum up to it ({detail}).",
        "account",
        """
        SELECT account AS id, 'version ' || min(version) AS detail
        FROM (SELECT account, version, balance_after, sum(amount) OVER (PARTITION BY account ORDER BY version) AS total
              FROM entry WHERE version IS NOT NULL) e
        WHERE balance_after <> total GROUP BY account
        """,
    ),
    Rule(
        "real_sides_are_numbered",
        "Transaction {id}: a real account's side has no version, or a nominal one's has ({detail}).",
        "posting",
        """
        SELECT e.transaction AS id, 'line ' || e.line || ', account ' || e.account AS detail
        FROM entry e JOIN account a ON a.id = e.account WHERE (a.custody IS NULL) <> (e.version IS NULL)
        """,
    ),
    Rule(
        "one_owner",
        "Transaction {id}: it concerns more than one person ({detail}).",
        "posting",
        """
        SELECT p.transaction AS id, 'line ' || p.line AS detail
        FROM posting p
        LEFT JOIN transaction t ON t.id = p.transaction LEFT JOIN account d ON d.id = p.debit LEFT JOIN account c ON c.id = p.credit
        WHERE (t.owner, d.owner, c.owner) IS DISTINCT FROM (p.owner, p.owner, p.owner)
           OR (d.currency, c.currency) IS DISTINCT FROM (p.currency, p.currency) OR t.booked IS DISTINCT FROM p.booked
        """,
    ),
    Rule(
        "no_orphan",
        "Transaction {id}: its status and its postings do not fit ({detail}).",
        "transaction",
        """
        SELECT t.id, 'status ' || t.status || ', ' || count(p.transaction) || ' postings' AS detail
        FROM transaction t LEFT JOIN posting p ON p.transaction = t.id
        GROUP BY t.id, t.status HAVING (t.status IN (2, 3, 6)) <> (count(p.transaction) > 0)
        """,
    ),
    Rule(
        "owner_exists",
        "Transaction {id}: its owner is nobody ({detail}).",
        "transaction",
        "SELECT t.id, 'person ' || t.owner AS detail FROM transaction t LEFT JOIN person p ON p.id = t.owner WHERE p.id IS NULL",
    ),
    Rule(
        "people_sum_to_zero",
        "Transfer {id}: what left one person's account is not what reached the other's ({detail}).",
        "transaction",
        """
        SELECT t.transfer AS id, e.currency || ' ' || sum(e.amount) || ', ' || count(DISTINCT t.owner) || ' people' AS detail
        FROM transaction t JOIN entry e ON e.transaction = t.id AND e.version IS NOT NULL
        WHERE t.transfer IS NOT NULL AND t.status IN (2, 3, 6)
        GROUP BY t.transfer, e.currency HAVING (sum(e.amount) <> 0 OR count(DISTINCT t.owner) <> 2)
          AND NOT (count(DISTINCT t.owner) = 1 AND t.transfer IN (SELECT unnest(transfers) FROM erasure))
        """,
        alone=False,
    ),
    Rule(
        "reversal_mirrors",
        "Transaction {id}: the reversal is not the mirror of what it takes back ({detail}).",
        "transaction",
        """
        SELECT r.id, 'of ' || r.related AS detail
        FROM transaction r JOIN transaction t ON t.id = r.related
        WHERE t.owner <> r.owner OR (r.status = 6) <> (t.status = 6)
          OR (SELECT count(*) FROM posting WHERE transaction = t.id) <> (SELECT count(*) FROM posting WHERE transaction = r.id)
          OR EXISTS (SELECT FROM posting b WHERE b.transaction = r.id AND NOT EXISTS (
               SELECT FROM posting p WHERE p.transaction = t.id
                 AND (p.line, p.currency, p.debit, p.credit) = (b.line, b.currency, b.credit, b.debit)))
        """,
    ),
    Rule(
        "reversals_sum_to_the_whole",
        "Transaction {id}: what was taken back of it does not fit its status ({detail}).",
        "transaction",
        """
        SELECT p.transaction AS id, 'status ' || t.status || ', ' || coalesce(sum(b.amount), 0) || ' of ' || p.amount AS detail
        FROM posting p JOIN transaction t ON t.id = p.transaction AND t.kind <> 7
        LEFT JOIN transaction r ON r.related = t.id LEFT JOIN posting b ON b.transaction = r.id AND b.line = p.line
        WHERE t.status = 6 OR r.id IS NOT NULL
        GROUP BY p.transaction, p.line, p.amount, t.status
        HAVING CASE t.status WHEN 6 THEN sum(b.amount) IS DISTINCT FROM p.amount ELSE sum(b.amount) >= p.amount END
        """,
    ),
    Rule(
        "status_has_its_event",
        "Transaction {id}: nothing says how it came to its status ({detail}).",
        "transaction",
        """
        SELECT t.id, 'status ' || t.status AS detail FROM transaction t
        WHERE t.status IN (3, 4, 5) AND NOT EXISTS (
          SELECT FROM transaction_event e WHERE e.transaction = t.id AND e.kind = CASE t.status WHEN 3 THEN 5 WHEN 4 THEN 3 ELSE 4 END)
        """,
    ),
    Rule(
        "pending_has_a_hold",
        "Transaction {id}: it is pending without a hold, or a hold is left of it ({detail}).",
        "transaction",
        """
        SELECT coalesce(t.id, h.transaction) AS id, 'status ' || coalesce(t.status::text, 'none') AS detail
        FROM (SELECT * FROM transaction WHERE status = 1) t FULL JOIN hold h ON h.transaction = t.id
        WHERE t.id IS NULL OR h.transaction IS NULL OR t.owner <> h.owner
        """,
    ),
    Rule(
        "locked_balances_hold",
        "Account {id}: a balance that was reconciled and locked is not there any more ({detail}).",
        "reconciliation",
        """
        SELECT r.account AS id, r.day || ': ' || r.balance || ' against ' || coalesce(s.total, 0) AS detail
        FROM reconciliation r CROSS JOIN LATERAL (
          SELECT sum(e.amount) AS total FROM entry e WHERE e.account = r.account AND e.version IS NOT NULL AND e.booked <= r.day) s
        WHERE r.released_at IS NULL AND r.balance <> coalesce(s.total, 0)
        UNION ALL
        SELECT a.id, 'locked until ' || coalesce(a.locked_until::text, 'never') FROM account a
        WHERE a.locked_until IS DISTINCT FROM (SELECT max(r.day) FROM reconciliation r WHERE r.account = a.id AND r.released_at IS NULL)
        """,
    ),
    Rule(
        "holds_are_kept_back",
        "Account {id}: what is pending is not the sum of its holds ({detail}).",
        "account",
        """
        SELECT a.id, a.held_balance || ' against ' || coalesce(sum(h.amount), 0) AS detail
        FROM account a LEFT JOIN hold h ON h.account = a.id GROUP BY a.id, a.held_balance
        HAVING a.held_balance <> coalesce(sum(h.amount), 0)
        """,
    ),
    Rule(
        "payment_says_what_moved",
        "Transaction {id}: a payment or an order to a bank says another amount than the books ({detail}).",
        "payment",
        """
        SELECT s.transaction AS id, s.amount || ' less ' || coalesce(s.back, 0) || ' against ' || coalesce(q.amount, h.amount, 0)
               || ' less ' || coalesce(b.total, 0) AS detail
        FROM (SELECT transaction, amount, refunded AS back FROM payment WHERE status <> 'failed'
              UNION ALL
              SELECT transaction, amount, NULL FROM bank_order
              WHERE status IN ('ready', 'sent', 'settled') OR reversal IS NOT NULL) s
        LEFT JOIN posting q ON q.transaction = s.transaction AND q.line = 1
        LEFT JOIN hold h ON h.transaction = s.transaction
        LEFT JOIN LATERAL (SELECT sum(p.amount) AS total FROM transaction r JOIN posting p ON p.transaction = r.id AND p.line = 1
                           WHERE r.related = s.transaction) b ON true
        WHERE s.amount IS DISTINCT FROM coalesce(q.amount, h.amount) OR s.back <> coalesce(b.total, 0)
        """,
    ),
    Rule(
        "meaning_has_the_same_owner",
        "Transaction {id}: another person has classified it ({detail}).",
        "classification",
        """
        SELECT c.transaction AS id, 'person ' || c.owner AS detail
        FROM classification c JOIN transaction t ON t.id = c.transaction WHERE c.owner <> t.owner
        """,
    ),
    Rule(
        "parts_sum_to_the_whole",
        "Transaction {id}: its parts are not what it moved ({detail}).",
        "split",
        """
        SELECT s.transaction AS id, s.total || ' against ' || coalesce(m.moved, 0) AS detail
        FROM (SELECT transaction, count(*) AS many, sum(amount) AS total FROM split GROUP BY transaction) s
        LEFT JOIN (SELECT e.transaction, abs(sum(e.amount)) AS moved FROM entry e
                   WHERE e.version IS NOT NULL AND e.transaction IN (SELECT transaction FROM split) GROUP BY e.transaction) m
          ON m.transaction = s.transaction
        WHERE s.many < 2 OR s.total IS DISTINCT FROM m.moved
        """,
    ),
    Rule(
        "largest_part_leads",
        "Transaction {id}: the category shown is not that of its largest part ({detail}).",
        "split",
        """
        SELECT c.transaction AS id, 'category ' || coalesce(c.category, 0) AS detail
        FROM classification c
        JOIN (SELECT DISTINCT ON (transaction) transaction, category FROM split ORDER BY transaction, amount DESC, line) s
          ON s.transaction = c.transaction
        WHERE c.category IS DISTINCT FROM s.category
        """,
    ),
    Rule(
        "sides_fit_the_kind",
        "Transaction {id}: it is not between the accounts that its kind is between ({detail}).",
        "posting",
        """
        SELECT transaction AS id, 'kind ' || kind || ', from ' || giving || ' to ' || taking AS detail
        FROM (SELECT p.transaction, t.kind, CASE WHEN d.custody IS NULL THEN d.type ELSE 'real' END AS taking,
                     CASE WHEN c.custody IS NULL THEN c.type ELSE 'real' END AS giving
              FROM posting p JOIN transaction t ON t.id = p.transaction
              JOIN account d ON d.id = p.debit JOIN account c ON c.id = p.credit) s
        WHERE NOT CASE kind
          WHEN 1 THEN (giving, taking) IN (('opening', 'real'), ('real', 'opening'))
          WHEN 2 THEN (giving, taking) = ('income', 'real')
          WHEN 3 THEN (giving, taking) = ('real', 'expense')
          WHEN 4 THEN (giving, taking) = ('real', 'real')
          WHEN 5 THEN (giving, taking) IN (('real', 'people'), ('people', 'real'))
          WHEN 6 THEN (giving, taking) IN (('real', 'trading'), ('trading', 'real'))
          ELSE true END
        """,
    ),
    Rule(
        "imported_once",
        "Transaction {id}: it came from a file, but not from exactly one row of it ({detail}).",
        "transaction",
        """
        SELECT t.id, 'import ' || t.imported || ', ' || count(r.number) || ' rows' AS detail
        FROM transaction t LEFT JOIN statement_row r ON r.transaction = t.id AND r.imported = t.imported
        WHERE t.imported IS NOT NULL AND t.kind <> 7 GROUP BY t.id, t.imported HAVING count(r.number) <> 1
        """,
    ),
    Rule(
        "matched_is_mutual",
        "Transaction {id}: it is matched with one that is not its other leg ({detail}).",
        "classification",
        """
        SELECT c.transaction AS id, 'with ' || c.matched AS detail
        FROM classification c
        LEFT JOIN transaction m ON m.id = c.matched
        LEFT JOIN classification o ON o.transaction = c.matched AND o.owner = c.owner
        WHERE c.matched IS NOT NULL AND (
          c.matched = c.transaction OR m.owner IS DISTINCT FROM c.owner OR o.matched IS DISTINCT FROM c.transaction)
        """,
    ),
    Rule(
        "rollups_have_a_head",
        "Account {id}: its roll-ups are made further than its entries go, or it is never rolled up ({detail}).",
        "rollup_head",
        """
        SELECT a.id, 'made to ' || coalesce(h.made || '', 'nothing') || ', version ' || a.version AS detail
        FROM account a LEFT JOIN rollup_head h ON h.account = a.id
        WHERE a.custody IS NOT NULL AND (h.made IS NULL OR h.made > a.version)
        """,
    ),
    Rule(
        "rollup_is_sum",
        "Account {id}: a roll-up is not the sum of its entries ({detail}).",
        "rollup",
        """
        SELECT account AS id, month || ', kind ' || kind || ': ' || coalesce(k.inflow, 0) || ' in, ' || coalesce(k.outflow, 0)
               || ' out against ' || coalesce(m.inflow, 0) || ' and ' || coalesce(m.outflow, 0) AS detail
        FROM (SELECT owner, account, month, kind, origin, own, reversed,
                     count(*) FILTER (WHERE moved > 0 AND line = 1) AS inflows, count(*) FILTER (WHERE moved < 0 AND line = 1) AS outflows,
                     coalesce(sum(moved) FILTER (WHERE moved > 0), 0) AS inflow, coalesce(-sum(moved) FILTER (WHERE moved < 0), 0) AS outflow
              FROM (SELECT p.owner, s.account, s.version, CAST(date_trunc('month', CAST(p.booked AS timestamp)) AS date) AS month, t.kind,
                           coalesce(r.kind, t.kind) AS origin, s.other IS NOT NULL AS own, t.status = 6 AS reversed, s.moved, p.line
                    FROM posting p JOIN transaction t ON t.id = p.transaction LEFT JOIN transaction r ON r.id = t.related
                    CROSS JOIN LATERAL (VALUES (p.debit, p.debit_version, p.credit_version, p.amount),
                                               (p.credit, p.credit_version, p.debit_version, -p.amount)) s (account, version, other, moved)
                    WHERE s.version IS NOT NULL) e
              JOIN (SELECT account, made FROM rollup_head) h USING (account) WHERE e.version <= h.made
              GROUP BY owner, account, month, kind, origin, own, reversed) m
        FULL JOIN rollup k USING (owner, account, month, kind, origin, own, reversed)
        WHERE (coalesce(k.inflows, 0), coalesce(k.outflows, 0), coalesce(k.inflow, 0), coalesce(k.outflow, 0))
           <> (coalesce(m.inflows, 0), coalesce(m.outflows, 0), coalesce(m.inflow, 0), coalesce(m.outflow, 0))
        """,
    ),
)

_OWNED = text(
    """
    SELECT c.relname, CASE c.relname WHEN 'person' THEN 'id' ELSE 'owner' END AS owner
    FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid AND p.polname = 'own'
    WHERE c.relnamespace = CAST('public' AS regnamespace) ORDER BY c.relname
    """
)


def run(session: Session) -> list[Finding]:
    """Every rule over everybody's books; an empty list: they are whole. Takes a session of the system role."""
    return _broken(session, (*RULES, _erased_left_nothing(session)))


def run_alone(session: Session, *, named: Named) -> list[Finding]:
    """The rules that one person's rows can be held against, in a unit of work of that person.

    Args:
        named: how a sentence names a `transaction` or an `account`.
    """
    return _broken(session, [rule for rule in RULES if rule.alone], named=named)


def _broken(session: Session, rules: Sequence[Rule], *, named: Named = by_id) -> list[Finding]:
    connection = session.connection()
    found = []
    for rule in rules:
        for row in connection.execute(text(f"SELECT id, detail FROM ({rule.query}) broken ORDER BY id LIMIT {MOST}")):  # noqa: S608 - constants of this module
            shown = named(rule.sentence.partition(" ")[0].lower(), row.id)
            found.append(Finding(rule.name, rule.sentence.format(id=shown, detail=row.detail), rule.table, row.id))
    return found


def _erased_left_nothing(session: Session) -> Rule:
    """No table of a person holds a row of one whom an erasure names; the tables are asked of the catalogue."""
    tables = session.connection().execute(_OWNED)
    rows = " UNION ALL ".join(
        f"SELECT e.person AS id, '{name}' AS name FROM erasure e JOIN \"{name}\" x ON x.{owner} = e.person"  # noqa: S608 - names of our own tables
        for name, owner in tables
    )
    return Rule(
        "erased_left_nothing",
        "Person {id}: erased, but rows are left ({detail}).",
        "erasure",
        f"SELECT id, name || ' ' || count(*) AS detail FROM ({rows}) r GROUP BY id, name",  # noqa: S608 - as above
    )
