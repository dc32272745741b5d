const double = async (n) => n * 2;
return await double(call.n);
