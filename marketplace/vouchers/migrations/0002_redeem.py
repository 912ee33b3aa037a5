"""The redemption as one function on PostgreSQL; rows that only grow on both databases; a wallet's page with room.

`vouchers_redeem` is the same steps as `marketplace.vouchers.spending._step_by_step`, in the same order: change both.
"""

from django.db import migrations
from django.db.migrations.operations.base import Operation

from marketplace.audit.triggers import append_only

FUNCTION = """
CREATE FUNCTION vouchers_redeem(
    p_id uuid, p_card text, p_pin_hash text, p_month date, p_programmes uuid[], p_provider uuid, p_service uuid,
    p_units int, p_amount int, p_own_part int, p_above_list boolean, p_device text, p_performed_at timestamptz,
    p_is_timed boolean, p_redeemed_at timestamptz, p_by uuid,
    OUT code text, OUT resident uuid, OUT month date, OUT balance int, OUT tries int, OUT programme uuid
) LANGUAGE plpgsql AS $$
DECLARE
    the_card vouchers_card%ROWTYPE;
    earlier vouchers_redemption%ROWTYPE;
    the_programme uuid;
BEGIN
    -- Holding the card makes racing tries of a PIN, and racing replays of one key, wait for each other.
    SELECT c.* INTO the_card FROM vouchers_card c WHERE c.number = p_card FOR NO KEY UPDATE;
    SELECT r.* INTO earlier FROM vouchers_redemption r WHERE r.id = p_id;
    IF FOUND THEN
        IF the_card.resident_id = earlier.resident_id AND earlier.service_id = p_service
            AND earlier.units = p_units AND earlier.amount = p_amount AND earlier.own_part = p_own_part
            AND (NOT p_is_timed OR earlier.performed_at = p_performed_at)
        THEN
            code := 'replayed'; resident := earlier.resident_id; month := earlier.month;
            balance := earlier.balance_left;
        ELSE
            code := 'key_conflict';
        END IF;
        RETURN;
    END IF;

    IF the_card.id IS NULL THEN code := 'unknown_card'; RETURN; END IF;
    IF the_card.state <> 'active' THEN code := 'replaced'; RETURN; END IF;
    IF the_card.locked_at IS NOT NULL THEN code := 'locked'; RETURN; END IF;
    IF the_card.pin_hash = '' THEN code := 'no_pin'; RETURN; END IF;
    resident := the_card.resident_id;
    IF the_card.pin_hash <> p_pin_hash THEN
        UPDATE vouchers_card c SET wrong_tries = c.wrong_tries + 1,
            locked_at = CASE WHEN c.wrong_tries + 1 >= 5 THEN p_redeemed_at END
            WHERE c.id = the_card.id RETURNING c.wrong_tries INTO tries;
        code := 'wrong_pin'; RETURN;
    END IF;
    IF the_card.wrong_tries > 0 THEN
        UPDATE vouchers_card c SET wrong_tries = 0 WHERE c.id = the_card.id;
    END IF;
    PERFORM 1 FROM residents_resident r WHERE r.id = resident AND r.state = 'active';
    IF NOT FOUND THEN code := 'suspended'; RETURN; END IF;

    SELECT v.programme_id, v.granted - v.spent - v.held - v.expired INTO the_programme, balance
        FROM vouchers_voucher v
        WHERE v.resident_id = resident AND v.month = p_month AND v.programme_id = ANY (p_programmes)
        ORDER BY v.granted - v.spent - v.held - v.expired < p_amount, array_position(p_programmes, v.programme_id)
        LIMIT 1;
    IF NOT FOUND THEN code := 'no_voucher'; RETURN; END IF;
    IF balance >= p_amount AND p_above_list THEN code := 'above_list'; RETURN; END IF;
    UPDATE vouchers_voucher v SET spent = v.spent + p_amount
        WHERE v.resident_id = resident AND v.month = p_month AND v.programme_id = the_programme
          AND v.granted - v.spent - v.held - v.expired >= p_amount
        RETURNING v.granted - v.spent - v.held - v.expired INTO balance;
    IF NOT FOUND THEN
        SELECT v.granted - v.spent - v.held - v.expired INTO balance FROM vouchers_voucher v
            WHERE v.resident_id = resident AND v.month = p_month AND v.programme_id = the_programme;
        code := 'overdrawn'; RETURN;
    END IF;

    INSERT INTO vouchers_redemption (
        id, resident_id, month, programme_id, provider_id, service_id, units, amount, own_part, balance_left, card,
        device, performed_at, redeemed_at, by_id
    ) VALUES (
        p_id, resident, p_month, the_programme, p_provider, p_service, p_units, p_amount, p_own_part, balance, p_card,
        p_device, p_performed_at, p_redeemed_at, p_by
    );
    month := p_month; programme := the_programme; code := 'ok';
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
            schema_editor.execute(FUNCTION, params=None)

    def database_backwards(self, app_label, schema_editor, *states):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute("DROP FUNCTION IF EXISTS vouchers_redeem", params=None)
            schema_editor.execute("ALTER TABLE vouchers_voucher RESET (fillfactor)", params=None)

    def describe(self):
        return "Redeem in one call"


class Migration(migrations.Migration):
    dependencies = [("vouchers", "0001_initial")]
    operations = [RedeemFunction(), *append_only("vouchers_redemption"), *append_only("vouchers_reversal")]
