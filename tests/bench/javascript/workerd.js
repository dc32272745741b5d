export default {
  async fetch(request) {
    const call = await request.json();
    return Response.json({ hi: call.name });
  },
};
