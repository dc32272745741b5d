// The handler.
/* It waits. */
async (call) => {
  return await call.a;
};

