return call.text + ' – naïve 😀 \ud800';
