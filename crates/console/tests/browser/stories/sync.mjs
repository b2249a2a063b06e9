export default async function story() {}
