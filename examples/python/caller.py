"""Makes a background call and prints the API's response.

    python3 caller.py KEY METHOD PATH [BODY]

KEY names the job: after a crash, the same command continues with the same operation.
Variables: API_URL, TOKEN_URL, CLIENT_ID, CLIENT_SECRET, TENANT.
Exit codes: 0, 4 or 5 by the class of the API's status; 1 no response; 3 the outcome is unknown.
"""

import os
import sys

from backlane import Backlane, ClientCredentials, NoResponse, OutcomeUnknown, Refused


def main(key, method, path, body=None):
    tokens = ClientCredentials(
        os.environ["TOKEN_URL"],
        os.environ["CLIENT_ID"],
        os.environ["CLIENT_SECRET"],
        tenant_id=os.environ["TENANT"],
    )
    api = Backlane(os.environ["API_URL"], tokens)
    try:
        operation = api.submit(method, path, body.encode() if body else None, key=key)
        print(f"accepted: {operation}", file=sys.stderr)
        response = api.response(operation)
    except OutcomeUnknown as unknown:
        print(f"{unknown} Check at the API before you send it again.", file=sys.stderr)
        return 3
    except (NoResponse, Refused) as failed:
        print(failed, file=sys.stderr)
        return 1
    print(f"status: {response.status}", file=sys.stderr)
    sys.stdout.buffer.write(response.body)
    return response.status // 100 if response.status >= 400 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
