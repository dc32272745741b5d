const unused = call;
