// Makes a background call and prints the API's response: node caller.ts KEY METHOD PATH [BODY]
//
// KEY names the job: after a crash, the same command continues with the same operation.
// Variables: API_URL, TOKEN_URL, CLIENT_ID, CLIENT_SECRET, TENANT.
// Exit codes: 0, 4 or 5 by the class of the API's status; 1 no response; 3 the outcome is unknown.

import { Backlane, ClientCredentials, NoResponse, Refused } from './backlane.ts';

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`set the variable ${name}`);
  }
  return value;
}

const [key, method, path, body] = process.argv.slice(2);
if (key === undefined || method === undefined || path === undefined) {
  throw new Error('usage: node caller.ts KEY METHOD PATH [BODY]');
}
const tokens = new ClientCredentials(variable('TOKEN_URL'), variable('CLIENT_ID'), variable('CLIENT_SECRET'), {
  tenant_id: variable('TENANT'),
});
const api = new Backlane(variable('API_URL'), tokens);
try {
  const id = await api.submit(method, path, body === undefined ? { key } : { key, body });
  console.error(`accepted: ${id}`);
  const response = await api.response(id);
  const status = response.state.statusCode;
  console.error(`status: ${status}`);
  process.stdout.write(Buffer.from(await response.body.arrayBuffer()));
  process.exitCode = status >= 400 ? Math.floor(status / 100) : 0;
} catch (failed) {
  if (failed instanceof NoResponse && failed.outcomeUnknown) {
    console.error(`${failed.message} Check at the API before you send it again.`);
    process.exitCode = 3;
  } else if (failed instanceof NoResponse || failed instanceof Refused) {
    console.error(failed.message);
    process.exitCode = 1;
  } else {
    throw failed;
  }
}
