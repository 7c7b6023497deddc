export { seededRandom } from './seeded-random.mjs';
