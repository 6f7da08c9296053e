/** What people can be told of. */
export type NoticeEvent = 'run_failed' | 'tick_missed' | 'data_stale' | 'retries_exhausted';

/** What a webhook is sent, as JSON. `text` is what Slack and Mattermost show. */
export interface Notice {
  readonly event: NoticeEvent;
  readonly job: string;
  /** Null where it is about no run. */
  readonly run: string | null;
  /** The run's status; null where it is about no run. */
  readonly status: string | null;
  readonly text: string;
  readonly [detail: string]: string | number | null;
}

/** Tells the world. Neither ever throws: what cannot be delivered is a warning in the log. */
export interface Notifier {
  /** Whether anybody listens to notices. */
  readonly listening: boolean;
  /** @returns whether it arrived */
  notify(notice: Notice): Promise<boolean>;
  /** Says that a job did well; whoever listens worries when it does not come. */
  ping(job: string): Promise<void>;
}

/** Remembers what was told, so that of several processes one tells it, once. */
export interface NoticeBook {
  /** Whether it is this caller's to tell; false when somebody has told it. */
  claim(event: NoticeEvent, subject: string): Promise<boolean>;
  /** It may be told again: it is over, or could not be delivered. */
  forget(event: NoticeEvent, subjects: readonly string[]): Promise<void>;
  /** Photos that a run rejected for good though their fault may pass: their attempts were used up. */
  countExhausted(runId: string): Promise<number>;
}
