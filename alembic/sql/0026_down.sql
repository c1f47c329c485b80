DROP FUNCTION start_payment(bigint, text, text, text, text, uuid, bigint, bigint, bigint);
ALTER FUNCTION payment_started(bigint, text, text, text, text, uuid, bigint, bigint, bigint) RENAME TO start_payment;
ALTER FUNCTION start_payment(bigint, text, text, text, text, uuid, bigint, bigint, bigint) SECURITY DEFINER;
SELECT house_door('start_payment(bigint, text, text, text, text, uuid, bigint, bigint, bigint)', 'app');
