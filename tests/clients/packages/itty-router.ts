import { AutoRouter, type IRequest } from 'itty-router';

const router = AutoRouter();
router
  .get('/', () => 'itty!')
  .get('/posts/:id', ({ params, query }) => ({ id: params.id, page: query.page }))
  .post('/posts', (request: IRequest) => request.json());

type Asked = { path: string; method?: string; body?: string };

const answered = async ({ path, ...how }: Asked) => {
  const response: Response = await router.fetch(new Request(`https://example.com${path}`, how));
  return [response.status, await response.text()];
};

export default ({ requests }: { requests: Asked[] }) => Promise.all(requests.map(answered));
