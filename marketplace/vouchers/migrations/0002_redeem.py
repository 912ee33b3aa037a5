"""The redemption as one function on PostgreSQL; rows that only grow on both databases; a wallet's page with room.

`vouchers_redeem` is the whole verb in one statement, from the right to do it to its entry in the audit trail. On SQLite
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
FUNCTION = """
CREATE FUNCTION vouchers_redeem(
    p_id uuid, p_card_id uuid, p_card text, p_pin_hash text, p_tries int, p_day date, p_is_over boolean,
    p_provider uuid, p_service uuid, p_units int, p_amount int, p_own_part int, p_device text,
    p_performed_at timestamptz, p_is_timed boolean, p_redeemed_at timestamptz, p_by uuid, p_token uuid,
    p_said_at timestamptz, p_said uuid[], p_macs text[], p_detail jsonb,
    OUT code text, OUT resident uuid, OUT month date, OUT balance int, OUT tries int, OUT programme uuid
) LANGUAGE plpgsql AS $$
DECLARE
    the_month date := date_trunc('month', p_day)::date;
    is_open boolean;
    card_state text;
    card_pin text;
    card_tries int;
    locked_at timestamptz;
    resident_state text;
    earlier record;
    paying record;
BEGIN
    -- The caller has reckoned what time it is here, since its HMACs cover it: near enough, or it reads the clock again.
    IF abs(extract(epoch FROM p_said_at - statement_timestamp())) > 2 THEN code := 'clock'; RETURN; END IF;

    -- policies.may_redeem; and policies.is_admitted, since a card and its PIN are no business of who is admitted nowhere.
    SELECT o.state = 'active' AND EXISTS (
            SELECT FROM directory_accreditation a WHERE a.organisation_id = p_provider AND a.state = 'active'
            AND (p_day BETWEEN a.valid_from AND a.valid_to OR
                 (p_redeemed_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN a.valid_from AND a.valid_to))
        INTO is_open
        FROM parties_membership m
        JOIN parties_user u ON u.id = m.user_id AND u.is_active
        JOIN parties_organisation o ON o.id = m.organisation_id AND o.kind IN ('social_organisation', 'enterprise')
        WHERE m.user_id = p_by AND m.organisation_id = p_provider AND m.role IN ('counter', 'owner')
          AND m.ended_at IS NULL LIMIT 1;
    IF NOT FOUND THEN code := 'forbidden'; RETURN; END IF;
    IF p_token IS NOT NULL THEN
        PERFORM 1 FROM parties_apitoken t WHERE t.id = p_token AND t.revoked_at IS NULL;
        IF NOT FOUND THEN code := 'no_token'; RETURN; END IF;
    END IF;

    -- Racing replays of one key wait for each other, whatever card they name; racing tries of a PIN at the card's row.
    PERFORM pg_advisory_xact_lock(hashtextextended(p_id::text, 0));
    -- The resident's row is shared: whoever suspends them waits for us, or we see it.
    SELECT c.resident_id, c.state, c.pin_hash, c.wrong_tries, c.locked_at, r.state
        INTO resident, card_state, card_pin, card_tries, locked_at, resident_state
        FROM vouchers_card c JOIN residents_resident r ON r.id = c.resident_id
        WHERE c.id = p_card_id AND c.number = p_card FOR NO KEY UPDATE OF c FOR SHARE OF r;
    SELECT r.resident_id, r.month, r.balance_left,
            r.resident_id = resident AND r.service_id = p_service AND r.units = p_units AND r.amount = p_amount
            AND r.own_part = p_own_part AND (NOT p_is_timed OR r.performed_at = p_performed_at) AS is_same
        INTO earlier FROM vouchers_redemption r WHERE r.id = p_id;
    IF FOUND THEN
        IF earlier.is_same THEN
            code := 'replayed'; resident := earlier.resident_id; month := earlier.month;
            balance := earlier.balance_left;
        ELSE
            code := 'key_conflict';
        END IF;
        RETURN;
    END IF;

    IF NOT is_open THEN code := 'not_accredited'; RETURN; END IF;
    IF card_state IS NULL THEN code := 'unknown_card'; RETURN; END IF;
    IF card_state <> 'active' THEN code := 'replaced'; RETURN; END IF;
    IF locked_at IS NOT NULL THEN code := 'locked'; RETURN; END IF;
    IF card_pin = '' THEN code := 'no_pin'; RETURN; END IF;
    IF card_pin <> p_pin_hash THEN
        UPDATE vouchers_card c SET wrong_tries = c.wrong_tries + 1,
            locked_at = CASE WHEN c.wrong_tries + 1 >= p_tries THEN p_redeemed_at END
            WHERE c.id = p_card_id RETURNING c.wrong_tries INTO tries;
        INSERT INTO audit_entry (id, event, subject_type, subject_id, actor_id, organisation_id, detail, happened_at,
                                 created_at, mac)
            SELECT p_said[n], CASE n WHEN 2 THEN 'card.wrong_pin' ELSE 'card.locked' END, 'vouchers.card',
                p_card_id::text, p_by, p_provider, '{}', p_said_at, p_said_at, p_macs[n]
            FROM generate_series(2, CASE WHEN tries >= p_tries THEN 3 ELSE 2 END) n;
        code := 'wrong_pin'; RETURN;
    END IF;
    IF card_tries > 0 THEN
        UPDATE vouchers_card c SET wrong_tries = 0 WHERE c.id = p_card_id;
    END IF;
    IF resident_state <> 'active' THEN code := 'suspended'; RETURN; END IF;

    SELECT v.programme_id, v.granted - v.spent - v.held - v.expired AS balance, s.price, s.category_id,
        p.basis = 'rate' OR p.daily_limit IS NOT NULL OR p.service_limits <> '{}' AS is_limited
        INTO paying
        FROM vouchers_voucher v
        JOIN vouchers_programme p ON p.id = v.programme_id AND p.state <> 'draft'
        JOIN directory_service s ON s.id = p_service AND s.organisation_id = p_provider AND s.state = 'listed'
        JOIN vouchers_programme_categories k ON k.programme_id = p.id AND k.category_id = s.category_id
        JOIN directory_accreditation a ON a.organisation_id = p_provider AND a.programme_code = p.code
            AND a.state = 'active' AND p_day BETWEEN a.valid_from AND a.valid_to
        WHERE v.resident_id = resident AND v.month = the_month AND NOT p_is_over
          AND coalesce((SELECT bool_or(c.category_id = s.category_id) FROM directory_accreditation_categories c
                        WHERE c.accreditation_id = a.id), true)
        ORDER BY v.granted - v.spent - v.held - v.expired < p_amount, p.minimum_age DESC, p.code
        LIMIT 1;
    IF NOT FOUND THEN code := 'no_voucher'; RETURN; END IF;
    programme := paying.programme_id; balance := paying.balance;
    IF balance >= p_amount THEN
        IF paying.price * p_units < p_amount + p_own_part THEN code := 'above_list'; RETURN; END IF;
        IF paying.is_limited THEN
            -- Two at once can't both be the last: the second counts the first.
            PERFORM 1 FROM vouchers_voucher v
                WHERE v.resident_id = resident AND v.month = the_month AND v.programme_id = programme FOR UPDATE;
            code := vouchers_limit(programme, resident, the_month, p_day, paying.category_id, p_units, p_amount,
                                   p_amount::bigint + p_own_part);
            IF code IS NOT NULL THEN RETURN; END IF;
        END IF;
        UPDATE vouchers_voucher v SET spent = v.spent + p_amount
            WHERE v.resident_id = resident AND v.month = the_month AND v.programme_id = programme
              AND v.granted - v.spent - v.held - v.expired >= p_amount
            RETURNING v.granted - v.spent - v.held - v.expired INTO balance;
    END IF;
    IF paying.balance < p_amount OR NOT FOUND THEN
        SELECT v.granted - v.spent - v.held - v.expired INTO balance FROM vouchers_voucher v
            WHERE v.resident_id = resident AND v.month = the_month AND v.programme_id = programme;
        code := 'overdrawn'; RETURN;
    END IF;

    INSERT INTO vouchers_redemption (
        id, resident_id, month, programme_id, provider_id, service_id, units, amount, own_part, balance_left, card,
        device, performed_at, redeemed_at, by_id
    ) VALUES (
        p_id, resident, the_month, programme, p_provider, p_service, p_units, p_amount, p_own_part, balance, p_card,
        p_device, p_performed_at, p_redeemed_at, p_by
    );
    INSERT INTO audit_entry (id, event, subject_type, subject_id, actor_id, organisation_id, detail, happened_at,
                             created_at, mac)
        VALUES (p_said[1], 'voucher.redeemed', 'vouchers.redemption', p_id::text, p_by, p_provider, p_detail,
                p_said_at, p_said_at, p_macs[1]);
    month := the_month; code := 'ok';
END $$
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
            schema_editor.execute(LIMIT, params=None)
            schema_editor.execute(FUNCTION, params=None)

    def database_backwards(self, app_label, schema_editor, *states):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute("DROP FUNCTION IF EXISTS vouchers_redeem", params=None)
            schema_editor.execute("DROP FUNCTION IF EXISTS vouchers_limit", params=None)
            schema_editor.execute("ALTER TABLE vouchers_voucher RESET (fillfactor)", params=None)

    def describe(self):
        return "Redeem in one call"


class Migration(migrations.Migration):
    dependencies = [("vouchers", "0001_initial")]
    operations = [RedeemFunction(), *append_only("vouchers_redemption"), *append_only("vouchers_reversal"), *append_only("vouchers_cardlook")]
