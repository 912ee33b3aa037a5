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
# The wallet that pays: of this month, of a programme that pays for the service and admits the provider that day; one
# that has enough, then the most particular. OFFSET 0 (and IS TRUE below) keep the planner from looking through a whole
# programme's month for one resident's wallet, which it does where nobody has counted the table yet: after a restore, or
# a month just issued.
PAYING = """
    SELECT v.programme_id, v.granted - v.spent - v.held - v.expired AS balance, s.price, s.category_id,
        p.basis = 'rate' OR p.daily_limit IS NOT NULL OR p.service_limits <> '{}' AS is_limited
    FROM (SELECT w.* FROM vouchers_voucher w
          WHERE w.resident_id = r.id AND w.month = the_month AND NOT p_is_over OFFSET 0) v
    JOIN vouchers_programme p ON p.id = v.programme_id AND p.state <> 'draft'
    JOIN directory_service s ON s.id = p_service AND s.organisation_id = p_provider AND s.state = 'listed'
    JOIN vouchers_programme_categories k ON k.programme_id = p.id AND k.category_id = s.category_id
    JOIN directory_accreditation a ON a.organisation_id = p_provider AND a.programme_code = p.code
        AND a.state = 'active' AND p_day BETWEEN a.valid_from AND a.valid_to
    WHERE coalesce((SELECT bool_or(c.category_id = s.category_id) FROM directory_accreditation_categories c
                    WHERE c.accreditation_id = a.id), true)
    ORDER BY v.granted - v.spent - v.held - v.expired < p_amount, p.minimum_age DESC, p.code
    LIMIT 1
"""
# policies.may_redeem.
RIGHT = """
    parties_membership m
    JOIN parties_user u ON u.id = m.user_id AND u.is_active
    JOIN parties_organisation o ON o.id = m.organisation_id AND o.kind IN ('social_organisation', 'enterprise')
"""
RIGHT_OF = """
    m.user_id = p_by AND m.organisation_id = p_provider AND m.role IN ('counter', 'owner') AND m.ended_at IS NULL
"""
TOKEN = "p_token IS NULL OR EXISTS (SELECT FROM parties_apitoken t WHERE t.id = p_token AND t.revoked_at IS NULL)"
FUNCTION = f"""
CREATE FUNCTION vouchers_redeem(
    p_id uuid, p_card_id uuid, p_card text, p_pin_hash text, p_tries int, p_day date, p_is_over boolean,
    p_provider uuid, p_service uuid, p_units int, p_amount int, p_own_part int, p_device text,
    p_performed_at timestamptz, p_is_timed boolean, p_redeemed_at timestamptz, p_by uuid, p_token uuid,
    p_said_at timestamptz, p_said uuid[], p_macs text[], p_detail jsonb,
    OUT code text, OUT resident uuid, OUT month date, OUT balance int, OUT tries int, OUT programme uuid
) LANGUAGE plpgsql AS $$
DECLARE
    the_month date := date_trunc('month', p_day)::date;
    found_all record;
    earlier record;
BEGIN
    -- The caller has reckoned what time it is here, since its HMACs cover it: near enough, or it reads the clock again.
    IF abs(extract(epoch FROM p_said_at - statement_timestamp())) > 2 THEN code := 'clock'; RETURN; END IF;

    -- Racing replays of one key wait for each other, whatever card they name; racing tries of a PIN at the card's row.
    -- (As an expression: a PERFORM would be a query.)
    IF pg_advisory_xact_lock(hashtextextended(p_id::text, 0)) IS NULL THEN NULL; END IF;

    -- All that must hold, in one question. The resident's row is shared: whoever suspends them waits for us, or we see
    -- it. Why something does not hold is asked only then.
    SELECT c.state AS card_state, c.pin_hash, c.wrong_tries, c.locked_at, r.id AS resident_id,
            r.state AS resident_state, o.state AS provider_state, paying.*,
            EXISTS (SELECT FROM vouchers_redemption x WHERE x.id = p_id) AS is_again
        INTO found_all
        FROM {RIGHT}
        JOIN vouchers_card c ON c.id = p_card_id AND c.number = p_card
        JOIN residents_resident r ON r.id = c.resident_id
        LEFT JOIN LATERAL ({PAYING}) paying ON true
        WHERE {RIGHT_OF} AND ({TOKEN})
        LIMIT 1 FOR NO KEY UPDATE OF c FOR SHARE OF r;

    IF NOT FOUND OR found_all.is_again THEN
        PERFORM 1 FROM {RIGHT} WHERE {RIGHT_OF};
        IF NOT FOUND THEN code := 'forbidden'; RETURN; END IF;
        IF NOT ({TOKEN}) THEN code := 'no_token'; RETURN; END IF;
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
    resident := found_all.resident_id;

    -- policies.is_admitted: a card and its PIN are no business of who is admitted nowhere. Where a programme would pay,
    -- its admission has been seen.
    IF found_all.programme_id IS NULL OR found_all.provider_state <> 'active' THEN
        PERFORM 1 FROM directory_accreditation a JOIN parties_organisation o ON o.id = a.organisation_id
            WHERE a.organisation_id = p_provider AND a.state = 'active' AND o.state = 'active'
              AND (p_day BETWEEN a.valid_from AND a.valid_to OR
                   (p_redeemed_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN a.valid_from AND a.valid_to);
        IF NOT FOUND THEN code := 'not_accredited'; resident := NULL; RETURN; END IF;
    END IF;
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
            SELECT p_said[n], CASE n WHEN 2 THEN 'card.wrong_pin' ELSE 'card.locked' END, 'vouchers.card',
                p_card_id::text, p_by, p_provider, '{{}}', p_said_at, p_said_at, p_macs[n]
            FROM generate_series(2, CASE WHEN tries >= p_tries THEN 3 ELSE 2 END) n;
        code := 'wrong_pin'; RETURN;
    END IF;
    IF found_all.wrong_tries > 0 THEN
        UPDATE vouchers_card c SET wrong_tries = 0 WHERE c.id = p_card_id;
    END IF;
    IF found_all.resident_state <> 'active' THEN code := 'suspended'; RETURN; END IF;

    FOR attempt IN 1..2 LOOP
        IF found_all.programme_id IS NULL THEN code := 'no_voucher'; RETURN; END IF;
        IF found_all.balance >= p_amount THEN
            IF found_all.price * p_units < p_amount + p_own_part THEN code := 'above_list'; RETURN; END IF;
            IF found_all.is_limited THEN
                -- Two at once can't both be the last: the second counts the first.
                PERFORM 1 FROM vouchers_voucher v
                    WHERE v.resident_id = resident AND v.month = the_month
                      AND (v.programme_id = found_all.programme_id) IS TRUE FOR UPDATE;
                code := vouchers_limit(found_all.programme_id, resident, the_month, p_day, found_all.category_id,
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
            FROM residents_resident r LEFT JOIN LATERAL ({PAYING}) paying ON true WHERE r.id = resident;
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
