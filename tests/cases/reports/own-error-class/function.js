class Unknown extends Error {
  name = 'UnknownCaller';
}
throw new Unknown('who');
