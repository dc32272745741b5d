/**
 * Answers a request at the URL of the function.
 *
 * @param {Request} request
 */
export default async (request) => {
  const name = new URL(request.url).searchParams.get("name") ?? "world";
  if (request.method !== "GET") {
    return new Response("only GET", { status: 405, headers: { allow: "GET" } });
  }
  return Response.json({ hello: name });
};
