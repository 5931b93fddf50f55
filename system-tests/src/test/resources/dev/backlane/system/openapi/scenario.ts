// The generated client against a running gateway. Prints one line for each observation; fails at the first that is missing.
// Its declarations have the documented types.

import {
  BackgroundApi,
  BackgroundApiAcceptedDto,
  BackgroundApiAcceptedDtoFromJSON,
  BackgroundRequestStateDto,
  Configuration,
  ResponseError,
} from './client/index';
import { BASE_PATH } from './client/runtime';

declare const process: { argv: string[] };

const POLLS_MAX = 300;
const POLL_MILLIS = 50;
const UNKNOWN = '00000000-0000-4000-8000-000000000000';

const [token, foreignToken, otherUrl, otherToken, removed] = process.argv.slice(2);

function apiAt(basePath: string, accessToken: string): BackgroundApi {
  // This generator sends the value as it is.
  return new BackgroundApi(new Configuration({ basePath, accessToken: `Bearer ${accessToken}` }));
}

function show(name: string, ...values: unknown[]): void {
  console.log(`${name}: ${values.join(' ')}`);
}

function time(value: Date | undefined): string {
  return value === undefined ? 'none' : value.toISOString();
}

function showState(state: BackgroundRequestStateDto): void {
  const id: string | undefined = state.id;
  const status: string | undefined = state.status;
  const statusCode: number | undefined = state.statusCode;
  show('state', status, statusCode, id);
  show('receivedUtc', time(state.receivedUtc));
  show('startedUtc', time(state.startedUtc));
  show('finishedUtc', time(state.finishedUtc));
}

async function refused(name: string, call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (refusal) {
    if (!(refusal instanceof ResponseError)) {
      throw refusal;
    }
    const problem = await refusal.response.json();
    show(name, refusal.response.status, problem.type);
    return;
  }
  throw new Error(`${name}: returned without a ResponseError`);
}

async function waitFor(
  api: BackgroundApi,
  id: string,
  wanted: (state: BackgroundRequestStateDto) => boolean,
): Promise<BackgroundRequestStateDto> {
  for (let poll = 0; poll < POLLS_MAX; poll++) {
    const state: BackgroundRequestStateDto = await api.backgroundGetBackgroundApiOperationByrequestId(id);
    if (wanted(state)) {
      return state;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS));
  }
  throw new Error(`not reached after ${POLLS_MAX} polls`);
}

async function main(): Promise<void> {
  show('host', BASE_PATH);
  const api = apiAt(BASE_PATH, token);

  const response = await fetch(`${BASE_PATH}/reports`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'erp-api-background': 'none' },
    body: '{"year":2026}',
  });
  const accepted: BackgroundApiAcceptedDto = BackgroundApiAcceptedDtoFromJSON(await response.json());
  const id = accepted.id!;
  show('accepted', response.status, id, accepted.stateLocation);

  showState(await waitFor(api, id, (state) => state.startedUtc !== undefined));
  await refused('content before the end', api.backgroundGetBackgroundApiOperationContentByrequestId(id));
  await fetch(`${BASE_PATH}/release`, { method: 'POST' });

  const ended = await waitFor(api, id, (state) => state.status !== 'Started');
  showState(ended);
  show('originalUri', ended.originalUri);
  show('has content', ended.hasRequestContent, ended.hasResponseContent);
  const headers: { [key: string]: string } = ended.responseHeaders!;
  show('response header', headers['Content-Type']);
  const content: object = await api.backgroundGetBackgroundApiOperationContentByrequestId(id);
  show('content', JSON.stringify(content));

  await refused('unknown id', api.backgroundGetBackgroundApiOperationByrequestId(UNKNOWN));
  const foreign = apiAt(BASE_PATH, foreignToken);
  await refused('token of another company', foreign.backgroundGetBackgroundApiOperationByrequestId(id));
  await refused('content for another company', foreign.backgroundGetBackgroundApiOperationContentByrequestId(id));
  await refused('bad token', apiAt(BASE_PATH, 'bad').backgroundGetBackgroundApiOperationByrequestId(id));
  const other = apiAt(otherUrl, otherToken);
  await refused('state after the retention', other.backgroundGetBackgroundApiOperationByrequestId(removed));
  await refused('content after the retention', other.backgroundGetBackgroundApiOperationContentByrequestId(removed));
}

main();
