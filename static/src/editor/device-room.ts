/** Whether this device has room for what the editor keeps. */

export class DeviceRoom {
  private full = false;
  private readonly listeners = new Set<() => void>();

  ranOut(): void {
    this.full = true;
    for (const listener of this.listeners) listener();
  }

  readonly isFull = (): boolean => this.full;

  readonly listen = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
}
