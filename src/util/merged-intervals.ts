/**
 * Length of the union of intervals that are added in about the order of their starts: what overlaps counts once. Holds
 * one interval; a gap is final once a later interval was added, so an interval that lies in an earlier gap counts only
 * from where the last one begins.
 */
export class MergedIntervals {
  #closed = 0;
  #start = Number.NaN;
  #end = Number.NaN;

  /** Empty ones (`end <= start`) change nothing. */
  add(start: number, end: number): void {
    if (!(end > start)) return;
    if (start <= this.#end) {
      this.#end = Math.max(this.#end, end);
      return;
    }
    this.#closed = this.total;
    this.#start = start;
    this.#end = end;
  }

  get total(): number {
    return this.#closed + (Number.isNaN(this.#end) ? 0 : this.#end - this.#start);
  }
}
