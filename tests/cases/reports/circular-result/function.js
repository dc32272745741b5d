const result = { name: 'a', list: [1, {}] };
result.list[1].back = result;
return result;
