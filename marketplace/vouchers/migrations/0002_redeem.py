"""The redemption as one function on PostgreSQL; rows that only grow on both databases; a wallet's page with room.

`vouchers_redeem` is the whole verb in one statement, from its conditions to its entry in the audit trail. On SQLite
`marketplace.vouchers.spending` takes the same steps in the same order: change both.
"""

from django.db import migrations
from django.db.migrations.operations.base import Operation

from marketplace.audit.triggers import append_only

# The same as marketplace.vouchers.limits.broken_limit.
LIMIT = """
CREATE FUNCTION vouchers_limit(
    p_programme uuid, p_resident uuid, p_month date, p_day date, p_category text, p_units int, p_amount int,
    p_price bigint
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    the_programme vouchers_programme%ROWTYPE;
    used bigint;
BEGIN
    SELECT p.* INTO the_programme FROM vouchers_programme p WHERE p.id = p_programme;
    IF the_programme.basis = 'rate'
        AND p_amount * 100::bigint > p_price * coalesce((the_programme.rates->>p_category)::int, the_programme.rate)
    THEN RETURN 'above_share'; END IF;
    IF the_programme.daily_limit IS NOT NULL THEN
        SELECT coalesce(sum(r.amount), 0) INTO used FROM vouchers_redemption r
            WHERE r.resident_id = p_resident AND r.month = p_month AND r.programme_id = p_programme
              AND (r.performed_at AT TIME ZONE 'Asia/Shanghai')::date = p_day
              AND NOT EXISTS (SELECT 1 FROM vouchers_reversal x WHERE x.resident_id = r.resident_id
                              AND x.month = r.month AND x.redemption_id = r.id);
        IF used + p_amount > the_programme.daily_limit THEN RETURN 'daily_limit'; END IF;
    END IF;
    IF the_programme.service_limits ? p_category THEN
        SELECT coalesce(sum(r.units), 0) INTO used FROM vouchers_redemption r
            JOIN directory_service s ON s.id = r.service_id AND s.category_id = p_category
            WHERE r.resident_id = p_resident AND r.month = p_month AND r.programme_id = p_programme
              AND NOT EXISTS (SELECT 1 FROM vouchers_reversal x WHERE x.resident_id = r.resident_id
                              AND x.month = r.month AND x.redemption_id = r.id);
        IF used + p_units > (the_programme.service_limits->>p_category)::int THEN RETURN 'service_limit'; END IF;
    END IF;
    RETURN NULL;
END $$
"""
# The version of a redemption's conditions (marketplace.vouchers.conditions): every change of what they are read from
# moves the sum. A change takes a row that no other is changing just now, or lays down another: nobody waits for anybody,
# and what is taken back is as it was. By chance and not by one, so that no two states ever bear one number.
VERSION = """
CREATE TABLE vouchers_conditions (
    slot serial PRIMARY KEY, version bigint NOT NULL DEFAULT floor(random() * (2::bigint ^ 40))::bigint
) WITH (fillfactor = 50);
INSERT INTO vouchers_conditions DEFAULT VALUES;
CREATE FUNCTION vouchers_conditions_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE vouchers_conditions SET version = DEFAULT
        WHERE slot = (SELECT c.slot FROM vouchers_conditions c LIMIT 1 FOR UPDATE SKIP LOCKED);
    IF NOT FOUND THEN INSERT INTO vouchers_conditions DEFAULT VALUES; END IF;
    RETURN NULL;
END $$
"""
# What the conditions are read from: the columns of each table, and whether a new row can take something away.
READ_FROM = {
    "parties_user": ("is_active", False),
    "parties_membership": ("user_id, organisation_id, role, ended_at", False),
    "parties_organisation": ("kind, state", False),
    "parties_apitoken": ("revoked_at", False),
    "directory_category": ("code", False),
    "directory_service": ("organisation_id, category_id, price, state", False),
    "directory_accreditation": ("organisation_id, programme_code, valid_from, valid_to, state", True),
    "directory_accreditation_categories": ("accreditation_id, category_id", True),
    "vouchers_programme": ("code, state, minimum_age, basis, daily_limit, service_limits", False),
    "vouchers_programme_categories": ("programme_id, category_id", True),
}
# The wallet that pays: of this month, of a programme that the conditions name; one with enough, the most particular.
# IS TRUE keeps the planner from looking through a whole programme's month for one resident's wallet, which it does where
# nobody has counted the table yet: after a restore, or a month just issued.
PAYING = """
    SELECT v.programme_id, v.granted - v.spent - v.held - v.expired AS balance
    FROM vouchers_voucher v
    WHERE v.resident_id = {resident} AND v.month = the_month AND NOT p_is_over
      AND (v.programme_id = ANY (p_programmes)) IS TRUE
    ORDER BY v.granted - v.spent - v.held - v.expired < p_amount, array_position(p_programmes, v.programme_id)
    LIMIT 1
"""
IS_CURRENT = "(SELECT sum(v.version) FROM vouchers_conditions v) = p_version"
FUNCTION = f"""
CREATE FUNCTION vouchers_redeem(
    p_id uuid, p_card_id uuid, p_card text, p_pin_hash text, p_tries int, p_day date, p_is_over boolean,
    p_units int, p_amount int, p_own_part int, p_device text, p_performed_at timestamptz, p_is_timed boolean,
    p_redeemed_at timestamptz, p_said_at timestamptz, p_said uuid[], p_macs text[], p_detail jsonb,
    p_by uuid, p_provider uuid, p_service uuid, p_price bigint, p_category text, p_is_admitted boolean,
    p_programmes uuid[], p_limited uuid[], p_version bigint,
    OUT code text, OUT resident uuid, OUT month date, OUT balance int, OUT tries int, OUT programme uuid
) LANGUAGE plpgsql AS $$
DECLARE
    the_month date := date_trunc('month', p_day)::date;
    found_all record;
    earlier record;
    is_current boolean;
BEGIN
    -- The caller has reckoned what time it is here, since its HMACs cover it: near enough, or it reads the clock again.
    IF abs(extract(epoch FROM p_said_at - statement_timestamp())) > 2 THEN code := 'clock'; RETURN; END IF;

    -- Racing replays of one key wait for each other, whatever card they name; racing tries of a PIN at the card's row.
    -- (As an expression: a PERFORM would be a query.)
    IF pg_advisory_xact_lock(hashtextextended(p_id::text, 0)) IS NULL THEN NULL; END IF;

    -- All that must hold, in one question; the conditions are the caller's, if they are still of this version. The
    -- resident's row is shared: whoever suspends them waits for us, or we see it.
    SELECT c.state AS card_state, c.pin_hash, c.wrong_tries, c.locked_at, c.resident_id, r.state AS resident_state,
            paying.*, EXISTS (SELECT FROM vouchers_redemption x WHERE x.id = p_id) AS is_again,
            {IS_CURRENT} AS is_current
        INTO found_all
        FROM vouchers_card c
        JOIN residents_resident r ON r.id = c.resident_id
        LEFT JOIN LATERAL ({PAYING.format(resident="c.resident_id")}) paying ON true
        WHERE c.id = p_card_id AND c.number = p_card
        FOR NO KEY UPDATE OF c FOR SHARE OF r;
    IF FOUND THEN is_current := found_all.is_current; ELSE is_current := {IS_CURRENT}; END IF;
    IF is_current IS NOT TRUE THEN code := 'conditions'; RETURN; END IF;

    IF found_all.is_again IS NOT FALSE THEN
        SELECT x.resident_id, x.month, x.balance_left,
                x.resident_id = found_all.resident_id AND x.service_id = p_service AND x.units = p_units
                AND x.amount = p_amount AND x.own_part = p_own_part
                AND (NOT p_is_timed OR x.performed_at = p_performed_at) AS is_same
            INTO earlier FROM vouchers_redemption x WHERE x.id = p_id;
        IF FOUND AND earlier.is_same THEN
            code := 'replayed'; resident := earlier.resident_id; month := earlier.month;
            balance := earlier.balance_left; RETURN;
        END IF;
        IF FOUND THEN code := 'key_conflict'; RETURN; END IF;
    END IF;
    -- A card and its PIN are no business of who is admitted nowhere.
    IF NOT p_is_admitted THEN code := 'not_accredited'; RETURN; END IF;
    resident := found_all.resident_id;
    IF resident IS NULL THEN code := 'unknown_card'; RETURN; END IF;
    IF found_all.card_state <> 'active' THEN code := 'replaced'; RETURN; END IF;
    IF found_all.locked_at IS NOT NULL THEN code := 'locked'; RETURN; END IF;
    IF found_all.pin_hash = '' THEN code := 'no_pin'; RETURN; END IF;
    IF found_all.pin_hash <> p_pin_hash THEN
        UPDATE vouchers_card c SET wrong_tries = c.wrong_tries + 1,
            locked_at = CASE WHEN c.wrong_tries + 1 >= p_tries THEN p_redeemed_at END
            WHERE c.id = p_card_id RETURNING c.wrong_tries INTO tries;
        INSERT INTO audit_entry (id, event, subject_type, subject_id, actor_id, organisation_id, detail, happened_at,
                                 created_at, mac)
            SELECT p_said[n], CASE n WHEN 1 THEN 'card.wrong_pin' ELSE 'card.locked' END, 'vouchers.card',
                p_card_id::text, p_by, p_provider, '{{}}', p_said_at, p_said_at, p_macs[n + 1]
            FROM generate_series(1, CASE WHEN tries >= p_tries THEN 2 ELSE 1 END) n;
        code := 'wrong_pin'; RETURN;
    END IF;
    IF found_all.wrong_tries > 0 THEN
        UPDATE vouchers_card c SET wrong_tries = 0 WHERE c.id = p_card_id;
    END IF;
    IF found_all.resident_state <> 'active' THEN code := 'suspended'; RETURN; END IF;

    FOR attempt IN 1..2 LOOP
        IF found_all.programme_id IS NULL THEN code := 'no_voucher'; RETURN; END IF;
        IF found_all.balance >= p_amount THEN
            IF p_price * p_units < p_amount + p_own_part THEN code := 'above_list'; RETURN; END IF;
            IF found_all.programme_id = ANY (p_limited) THEN
                -- Two at once can't both be the last: the second counts the first.
                PERFORM 1 FROM vouchers_voucher v
                    WHERE v.resident_id = resident AND v.month = the_month
                      AND (v.programme_id = found_all.programme_id) IS TRUE FOR UPDATE;
                code := vouchers_limit(found_all.programme_id, resident, the_month, p_day, p_category,
                                       p_units, p_amount, p_amount::bigint + p_own_part);
                IF code IS NOT NULL THEN RETURN; END IF;
            END IF;
            UPDATE vouchers_voucher v SET spent = v.spent + p_amount
                WHERE v.resident_id = resident AND v.month = the_month
                  AND (v.programme_id = found_all.programme_id) IS TRUE
                  AND v.granted - v.spent - v.held - v.expired >= p_amount
                RETURNING v.granted - v.spent - v.held - v.expired INTO balance;
            EXIT WHEN FOUND;
        END IF;
        -- Too little in it, or somebody has taken it since: as it stands now, once.
        SELECT paying.* INTO found_all
            FROM (VALUES (1)) one LEFT JOIN ({PAYING.format(resident="resident")}) paying ON true;
        IF attempt = 2 OR found_all.balance < p_amount THEN
            code := 'overdrawn'; balance := found_all.balance; RETURN;
        END IF;
    END LOOP;

    INSERT INTO vouchers_redemption (
        id, resident_id, month, programme_id, provider_id, service_id, units, amount, own_part, balance_left, card,
        device, performed_at, redeemed_at, by_id
    ) VALUES (
        p_id, resident, the_month, found_all.programme_id, p_provider, p_service, p_units, p_amount, p_own_part,
        balance, p_card, p_device, p_performed_at, p_redeemed_at, p_by
    );
    INSERT INTO audit_entry (id, event, subject_type, subject_id, actor_id, organisation_id, detail, happened_at,
                             created_at, mac)
        VALUES (p_said[1], 'voucher.redeemed', 'vouchers.redemption', p_id::text, p_by, p_provider, p_detail,
                p_said_at, p_said_at, p_macs[1]);
    month := the_month; programme := found_all.programme_id; code := 'ok';
END $$
"""


def _watch(table: str, columns: str, *, or_new: bool) -> str:
    """Triggers that move the version when something the conditions are read from is changed or gone."""
    old, new = (", ".join(f"{row}.{column}" for column in columns.split(", ")) for row in ("OLD", "NEW"))
    gone = "INSERT OR DELETE OR TRUNCATE" if or_new else "DELETE OR TRUNCATE"
    return f"""
CREATE TRIGGER vouchers_conditions_changed AFTER UPDATE ON {table} FOR EACH ROW
    WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION vouchers_conditions_changed();
CREATE TRIGGER vouchers_conditions_gone AFTER {gone} ON {table} FOR EACH STATEMENT
    EXECUTE FUNCTION vouchers_conditions_changed()
"""


class RedeemFunction(Operation):
    """Not a RunPython: that renders every model's state and slows each migration after it."""

    reduces_to_sql = True
    reversible = True

    def state_forwards(self, app_label, state):
        """The models stay as they are."""

    def database_forwards(self, app_label, schema_editor, *states):
        if schema_editor.connection.vendor == "postgresql":
            # A month's wallets are updated a few times each: leave room on the page for it (HOT updates).
            schema_editor.execute("ALTER TABLE vouchers_voucher SET (fillfactor = 80)", params=None)
            for statement in (VERSION, LIMIT, FUNCTION):
                schema_editor.execute(statement, params=None)
            for table, (columns, or_new) in READ_FROM.items():
                schema_editor.execute(_watch(table, columns, or_new=or_new), params=None)

    def database_backwards(self, app_label, schema_editor, *states):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute("DROP FUNCTION IF EXISTS vouchers_redeem", params=None)
            schema_editor.execute("DROP FUNCTION IF EXISTS vouchers_conditions_changed CASCADE", params=None)
            schema_editor.execute("DROP TABLE IF EXISTS vouchers_conditions", params=None)
            schema_editor.execute("DROP FUNCTION IF EXISTS vouchers_limit", params=None)
            schema_editor.execute("ALTER TABLE vouchers_voucher RESET (fillfactor)", params=None)

    def describe(self):
        return "Redeem in one call"


class Migration(migrations.Migration):
    dependencies = [("vouchers", "0001_initial")]
    operations = [RedeemFunction(), *append_only("vouchers_redemption"), *append_only("vouchers_reversal"), *append_only("vouchers_cardlook")]
