import { Hono } from 'hono';

const app = new Hono();
app.get('/', (c) => c.text('Hono!'));
app.get('/posts/:id', (c) => c.json({ id: c.req.param('id'), page: c.req.query('page') }));
app.post('/posts', async (c) => c.json(await c.req.json(), 201));

type Asked = { path: string; method?: string; body?: string };

const answered = async ({ path, ...how }: Asked) => {
  const response = await app.fetch(new Request(`https://example.com${path}`, how));
  return [response.status, await response.text()];
};

export default ({ requests }: { requests: Asked[] }) => Promise.all(requests.map(answered));
