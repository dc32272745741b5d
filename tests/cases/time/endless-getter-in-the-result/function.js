return {get value() { while (true); }};
