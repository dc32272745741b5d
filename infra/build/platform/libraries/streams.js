// The 13 interfaces of the Streams standard.
export * from 'web-streams-polyfill';
