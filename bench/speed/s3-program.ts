import { startS3Server } from '../../test/helpers/s3-server.ts';

// An S3 server in a process of its own, so that its processor time is told apart: prints what a client
// needs in its environment, as one line of JSON, and serves until its parent is gone.
const server = await startS3Server();
await server.createBucket('bench');
console.log(JSON.stringify(server.env));
process.stdin.resume().on('end', async () => {
  await server.close();
  process.exit();
});
