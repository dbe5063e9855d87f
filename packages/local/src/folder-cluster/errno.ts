/** Whether an error is one of the system's with one of these codes (errno(3)). */
export function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException | null)?.code ?? '')
}
