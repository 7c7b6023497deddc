/**
 * Keeps the screen on, and with it the machine from falling asleep, while a job runs in a tab that can be seen; the
 * browser lets go of it when the tab is hidden. Where that is not granted, the machine's own settings decide.
 */
export class KeepAwake {
  #wanted = false;
  #lock: Promise<WakeLockSentinel | null> | null = null;

  constructor() {
    document.addEventListener('visibilitychange', () => {
      // Gone when the tab was hidden.
      this.#lock = null;
      if (this.#wanted) this.#take();
    });
  }

  set(wanted: boolean): void {
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    if (wanted) this.#take();
    else {
      this.#lock?.then((lock) => lock?.release()).catch(() => undefined);
      this.#lock = null;
    }
  }

  #take(): void {
    if (document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return;
    this.#lock = navigator.wakeLock.request('screen').catch(() => null);
  }
}
