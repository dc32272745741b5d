return {module: 'tts', data: {text: 'hi ' + call['Caller-ID-Name']}};
