"""What the catalogue says of tables and functions, held against short lists that are changed on purpose."""

import re

from fintwin.db.tables import SHARED

DOORS: dict[str, str] = {
    "tell(smallint,bigint)": "app",
    "tell(bigint,smallint,bigint)": "system",
    "tables_counted()": "app, system",
    "mark_booked(bigint,integer,integer,jsonb,jsonb)": "app",
    "take_outbox(integer)": "system",
    "bury(bigint,smallint,bigint,timestamp with time zone,text)": "system",
    "replay(bigint)": "system",
    "take_due_schedules(timestamp with time zone,integer)": "system",
    "ask_erasure()": "app",
    "end_demo(bigint)": "system",
    "erase_person(bigint,text)": "system",
    "set_demo_ready()": "app",
    "date_demo_payments()": "app",
    "take_ready_demo(text,text,text)": "app",
    "session_person(bytea,boolean)": "app",
    "sign_in(text,text,text,boolean,text,text,text,text,text,text,integer,bytea,boolean,text,text,text[],boolean,boolean,bytea)": "app",
    "local_profiles()": "app",
    "open_demo(text[],text,text,text,text,integer,integer)": "app",
    "enter_demo(boolean,bytea,text)": "app",
    "allowed_entries()": "app",
    "allow_entry(text)": "app",
    "forget_entry(text)": "app",
    "set_role(bigint,text,text)": "system",
    "make_sign_in_link(bigint,bytea,interval)": "system",
    "post(smallint,bigint,bigint,text,numeric,text,date,date,text,text,text,bigint,text,uuid,bigint)": "app",
    "post_batch(jsonb,bigint,boolean)": "app",
    "post_mixed(jsonb,boolean)": "app",
    "booked_flows(date,date,text,integer)": "app",
    "booked_repayments(date,date,text)": "app",
    "keep_back(smallint,bigint,bigint,text,numeric,text,text,text,text,bigint,text,uuid,bigint,timestamp with time zone,timestamp with time zone)": "app",
    "settle(bigint,numeric,boolean,date,date,uuid,bigint)": "app",
    "settle_batch(bigint[],date,boolean)": "app",
    "let_go(bigint,boolean,text)": "app",
    "give_up(bigint,text)": "app",
    "due_holds(integer)": "system",
    "take_back(bigint,numeric,date,text,uuid,bigint)": "app",
    "convert_money(bigint,bigint,numeric,numeric,date,date,text,text,text,uuid,bigint)": "app",
    "archive(date,integer)": "app",
    "own_transaction(bigint)": "app",
    "reconcile(bigint,date,numeric,date)": "app",
    "release_lock(bigint)": "app",
    "payee_by_number(text)": "app",
    "counterparts(bigint[])": "app",
    "payment_others(bigint[],bigint[])": "app",
    "start_payment(bigint,text,text,text,text,uuid,bigint,bigint,bigint)": "app",
    "start_order(bigint,text,text,text,text,date,text,uuid,bigint)": "app",
    "lock_orders(bigint[],boolean)": "app",
    "send_orders(bigint[],bigint,date)": "app",
    "refuse_order(bigint,text)": "app",
    "note_order(bigint,text)": "app",
    "return_order(bigint,text)": "app",
    "payment_moved()": "",
    "bank_order_moved()": "",
    "ask_money(bigint,text,text,numeric,text,uuid,bigint)": "app",
    "ask_refund(bigint,numeric,text,uuid,bigint)": "app",
    "end_request(bigint)": "app",
    "expire_requests()": "system",
    "pin_recipe(bigint)": "app",
    "take_pin_attempt(bigint,bytea)": "app",
    "judge_pin(bigint)": "app",
    "set_pin(bigint,text,numeric)": "app",
    "remove_pin(bigint)": "app",
    "search_register(register_filter,date,bigint,integer)": "app",
    "sum_register(register_filter)": "app",
    "ledger_keep_classification()": "",
    "rollup_begin()": "",
    "roll_up(bigint,bigint)": "system",
    "rebuild_account(bigint)": "system",
    "balances_at(bigint[],date)": "app",
    "seal_layout_number(text)": "system",
    "append_seal(seal,bigint[],bigint[])": "system",
    "own_seal()": "app",
    "ask_check()": "app",
    "note_check(bigint,text,bigint,bigint,bigint,integer,integer,text[])": "system",
    "ledger_parts_sum()": "",
    "ledger_drop_parts()": "",
    "set_account_status(bigint,text,text)": "app",
    "staff_find(text,bigint,integer)": "app",
    "staff_person(uuid,text)": "app",
    "staff_accounts(uuid,text)": "app",
    "staff_transactions(uuid,text,date,bigint,integer)": "app",
    "staff_ledger(date,date,text,date,bigint,integer,integer)": "app",
    "staff_ledger_export(date,date,text)": "app",
    "staff_trial_balance(date,date,text)": "app",
    "staff_pool()": "app",
    "staff_set_block(uuid[],boolean,text)": "app",
    "staff_set_standing(uuid,text,text)": "app",
    "staff_set_kyc(uuid,text,text)": "app",
    "staff_set_role(uuid,text,text)": "app",
    "staff_set_credit_limit(uuid,numeric,text)": "app",
    "staff_reverse(bigint,numeric,date,text,uuid,bigint)": "app",
    "staff_void(bigint,text)": "app",
    "staff_fund_house(text,text,numeric,date,text,text,uuid,bigint)": "app",
    "staff_trail(uuid,uuid,text,date,date,bigint,integer)": "app",
}
"""Every SECURITY DEFINER function: its signature and who may call it (`app`, `system`, `app, system`)."""

HOUSE = {"house_guard", "house_share", "house_door"}


def test_every_table_is_guarded_or_shared(admin):
    rows = admin(
        """
        SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity, count(p.oid),
               EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'owner' AND NOT a.attisdropped AND a.attnotnull)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_policy p ON p.polrelid = c.oid AND p.polpermissive
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') GROUP BY c.oid, c.relname
        """
    )
    assert rows
    for name, forced, policies, owned in rows:
        if name in SHARED or name.startswith("procrastinate_"):
            continue
        assert forced, f"{name} has no forced row security"
        assert policies == 2, f"{name} has {policies} policies"
        assert owned or name == "person", f"{name} has no owner"


def test_policies_name_their_roles_and_nothing_else(admin):
    [(owner, app, system)] = admin("SELECT owner_role, app_role, system_role FROM installation")
    for table, policy, kind, who, using, check in admin(
        "SELECT tablename, policyname, permissive, roles::text[], qual, with_check FROM pg_policies"
    ):
        if policy == "refers":
            assert (kind, list(who), using) == ("RESTRICTIVE", [app], "true")
            for term in re.sub(r"[()\s]", "", check).split("AND"):
                assert re.fullmatch(r"(\w+)ISNULLORown_transaction\1", term), (
                    f"{table} may name what is not its owner's"
                )
            continue
        assert kind == "PERMISSIVE"
        if policy == "own":
            column = "id" if table == "person" else "owner"
            assert list(who) == [app]
            assert using == check == f"({column} = current_person())"
        else:
            assert policy == "house"
            assert sorted(who) == sorted([owner, system])


def test_doors_are_those_of_the_list(admin):
    [(app, system)] = admin("SELECT app_role, system_role FROM installation")
    found = {}
    for signature, settings, public, by_app, by_system in admin(
        """
        SELECT p.oid::regprocedure::text, coalesce(array_to_string(p.proconfig, ';'), ''), coalesce(has_function_privilege('public', p.oid, 'EXECUTE'), false),
               has_function_privilege(:app, p.oid, 'EXECUTE'), has_function_privilege(:system, p.oid, 'EXECUTE')
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'public' AND p.prosecdef AND p.proname NOT LIKE 'procrastinate%'
        """,
        app=app,
        system=system,
    ):
        assert "search_path=" in settings, f"{signature} sets no search_path"
        assert not public, f"{signature} may be called by everybody"
        found[signature] = ", ".join(name for name, may in (("app", by_app), ("system", by_system)) if may)
    assert found == DOORS


def test_the_roles_have_no_powers(admin):
    for name, powerful in admin(
        """
        SELECT r.rolname, r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb
        FROM pg_roles r, installation i WHERE r.rolname IN (i.owner_role, i.app_role, i.system_role)
        """
    ):
        assert not powerful, name


def test_the_app_owns_nothing_and_the_house_functions_are_closed(admin):
    assert (
        admin(
            "SELECT c.relname FROM pg_class c, pg_roles r, installation i WHERE c.relowner = r.oid AND r.rolname IN (i.app_role, i.system_role)"
        )
        == []
    )
    for name, public in admin(
        "SELECT proname::text, has_function_privilege('public', oid, 'EXECUTE') FROM pg_proc WHERE proname LIKE 'house%'"
    ):
        assert name in HOUSE
        assert not public
