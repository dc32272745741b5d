throw {get message() { while (true); }};
