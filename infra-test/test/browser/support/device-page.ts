import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { type PageReport, type PageSettings, TRAININGS } from '../pages/page-settings.ts';

/** Where tests leave pictures of their pages. */
const PICTURES = join(import.meta.dirname, '../../../../.cache/browser');

/** A tab in which a device's page is opened, and opened again. */
export class DevicePage {
  /** What the page wrote to the console, or the browser about it. */
  readonly console: string[] = [];
  readonly tab: Page;

  constructor(tab: Page) {
    this.tab = tab;
    tab.on('console', (message) => this.console.push(message.text()));
  }

  /** Loads the page, or loads it again; nothing of an earlier life runs on. */
  async open(origin: string, settings: PageSettings): Promise<this> {
    // Addresses that differ behind the # alone are one page.
    await this.tab.goto('about:blank');
    await this.tab.goto(`${origin}/#${encodeURIComponent(JSON.stringify(settings))}`);
    return this;
  }

  /** Waits until the page says that it is so far. */
  async reached(phase: string): Promise<void> {
    await this.tab.locator('#phase', { hasText: phase }).waitFor();
  }

  /**
   * Waits for the end of the participation.
   *
   * @param picture - Name of the picture that is taken then.
   */
  async report(picture: string): Promise<PageReport> {
    await this.tab.waitForFunction(() => 'report' in globalThis);
    await this.tab.screenshot({ path: join(PICTURES, `${picture}.png`), fullPage: true });
    return this.tab.evaluate(() => (globalThis as unknown as { report: PageReport }).report);
  }

  /** The backend, and why. */
  async engine(): Promise<string> {
    return (await this.tab.textContent('#engine')) ?? '';
  }

  /** Trainings of all lives of the page. */
  async trainings(): Promise<number> {
    return Number(await this.tab.evaluate((name) => localStorage.getItem(name), TRAININGS));
  }
}
