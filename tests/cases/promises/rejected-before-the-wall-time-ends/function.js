(async () => { throw 'why'; })();
while (true);
