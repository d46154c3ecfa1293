"""One command at a time for an environment, within its time, with its output bounded and no secret of the door's."""

import os
import sys
import threading
import time

import pytest

from hangar_airflow.command_bridge import OUTPUT_BYTES, TURN_LOCK, Busy, CommandBridge

pytestmark = pytest.mark.process

# Stands for `python -m hangar_airflow.command_process`: gets the parent's pid, the limit, then the arguments.
PRETEND = "import sys, os, time, subprocess; code = sys.argv[3]; exec(code)"


def bridge(small_postgres, environment=None, **limits):
    prefix = (sys.executable, "-c", PRETEND)
    given = {"PATH": os.environ["PATH"]} if environment is None else environment
    return CommandBridge(small_postgres.connect, given, prefix=prefix, **{"turn_seconds": 5, **limits})


def test_both_streams_come_back_and_arguments_reach_the_command_as_they_are(small_postgres):
    code = "print(sys.argv[4:]); print('oh', file=sys.stderr)"
    result = bridge(small_postgres).run([code, "a b", "$(id)", ";"], "user/me")
    assert (result.stdout, result.stderr, result.exit_code) == (b"['a b', '$(id)', ';']\n", b"oh\n", 0)
    assert bridge(small_postgres).run(["sys.exit(3)"], "user/me").exit_code == 3


def test_a_second_command_of_the_environment_waits_for_its_turn_and_is_sent_away_in_time(small_postgres):
    other_task = small_postgres.connect()
    other_task.cursor().execute("select pg_advisory_lock(%s)", (TURN_LOCK,))
    with pytest.raises(Busy, match="one at a time"):
        bridge(small_postgres, turn_seconds=0.3).run(["print(1)"], "user/me")
    threading.Timer(0.4, other_task.close).start()
    assert bridge(small_postgres).run(["print(1)"], "user/me").stdout == b"1\n"


def test_the_turn_is_given_back_after_every_command_even_one_that_was_ended(small_postgres):
    short = bridge(small_postgres, limit_seconds=0.5)
    for _ in range(2):
        assert short.run(["time.sleep(60)"], "user/me").timed_out
    assert bridge(small_postgres, turn_seconds=0).run(["print(1)"], "user/me").stdout == b"1\n"


def test_at_its_limit_a_command_ends_with_all_it_started_and_keeps_what_it_said(small_postgres, tmp_path):
    sign = tmp_path / "alive"
    child = f"import time\\nwhile True: open({str(sign)!r}, 'a').write('x'); time.sleep(0.05)"
    code = f"print('begun', flush=True); subprocess.run([sys.executable, '-c', '''{child}'''])"
    began = time.monotonic()
    result = bridge(small_postgres, limit_seconds=2).run([code], "user/me")
    assert time.monotonic() - began < 8
    assert (result.stdout, result.timed_out) == (b"begun\n", True)
    assert b"2 s" in result.stderr
    assert sign.exists()
    size = sign.stat().st_size
    threading.Event().wait(0.3)  # the child would have written six times
    assert sign.stat().st_size == size


def test_what_a_command_leaves_running_does_not_hold_up_the_answer(small_postgres):
    code = "subprocess.Popen(['sleep', '30']); print('done')"
    began = time.monotonic()
    assert bridge(small_postgres).run([code], "user/me").stdout == b"done\n"
    assert time.monotonic() - began < 10


def test_output_without_end_is_cut_off_and_does_not_block_the_command(small_postgres):
    code = f"sys.stdout.write('x' * {3 * OUTPUT_BYTES}); print('last', file=sys.stderr)"
    result = bridge(small_postgres).run([code], "user/me")
    assert len(result.stdout) < OUTPUT_BYTES + 100
    assert b"cut off" in result.stdout[-60:]
    assert result.stderr == b"last\n"


def test_a_command_has_airflows_environment_and_nothing_of_the_door(small_postgres):
    given = {"PATH": os.environ["PATH"], "AIRFLOW__CORE__FERNET_KEY": "f", "HANGAR_SIGN_IN_PUBLIC_KEY": "k"}
    code = "print(sorted(n for n in os.environ if n[0] in 'AH'), os.environ['LOGNAME'])"
    seen = bridge(small_postgres, given).run([code], "user/me").stdout
    assert seen == b"['AIRFLOW__CORE__FERNET_KEY', 'AIRFLOW__LOGGING__LOGGING_LEVEL'] user/me\n"


def test_more_commands_than_a_web_server_can_wait_for_are_sent_away_at_once(small_postgres):
    busy = bridge(small_postgres, limit_seconds=3)
    sent_away = []

    def run():
        try:
            busy.run(["time.sleep(1)"], "user/me")
        except Busy as error:
            sent_away.append(str(error))

    threads = [threading.Thread(target=run) for _ in range(7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum("Too many" in sentence for sentence in sent_away) == 3
