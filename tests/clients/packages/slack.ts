import { WebClient } from '@slack/web-api';

type Call = { port: number };

export default async ({ port }: Call, { secrets }: IsolambdaContext) => {
  const slackApiUrl = `https://localhost:${port}/api/`;
  const slack = new WebClient(secrets.SLACK_TOKEN, { slackApiUrl, retryConfig: { retries: 0 } });
  const { ok, ts } = await slack.chat.postMessage({ channel: 'C1', text: 'hé', blocks: [] });
  const refused = await slack.auth.test().catch(({ data }) => data.error);
  return { ok, ts, refused };
};
