/**
 * The tests that run inside a page (test/browser), in Chromium. Sources are compiled file by file, as Vite
 * does; line coverage goes to coverage/browser.
 */
import { esbuildPlugin } from '@web/dev-server-esbuild';
import { defaultReporter } from '@web/test-runner';
import { chromeLauncher } from '@web/test-runner-chrome';
import { CHROMIUM_ARGS, findChromium } from './scripts/lib/chromium.mjs';
import { addCounts, reportCounts } from './scripts/lib/counts.mjs';

/** @returns {import('@web/test-runner').Reporter} */
function countsReporter() {
  return {
    onTestRunFinished: ({ sessions }) => {
      const counts = sessions.map(countSession);
      const total = counts.reduce(addCounts, { passed: 0, failed: 0 });
      console.log(`In Chromium: ${total.passed} passed, ${total.failed} failed\n`);
      return reportCounts(total);
    },
  };
}

/**
 * A page that broke down without a failed test counts as one failure.
 * @param {import('@web/test-runner').TestSession} session
 */
function countSession({ passed, testResults }) {
  const tests = testsOf(testResults);
  const failed = tests.filter((test) => !test.passed).length;
  return { passed: tests.length - failed, failed: failed === 0 && !passed ? 1 : failed };
}

/**
 * @param {import('@web/test-runner').TestSuiteResult | undefined} suite
 * @returns {import('@web/test-runner').TestResult[]}
 */
function testsOf(suite) {
  if (suite === undefined) return [];
  return [...suite.tests.filter((test) => !test.skipped), ...suite.suites.flatMap(testsOf)];
}

export default {
  files: 'test/browser/**/*.test.ts',
  nodeResolve: { browser: true, exportConditions: ['browser', 'production', 'default'] },
  concurrentBrowsers: 1,
  concurrency: 1,
  browsers: [
    chromeLauncher({
      launchOptions: {
        executablePath: findChromium() ?? 'chromium',
        // Some tests call the garbage collector: what nothing holds must not be missed.
        args: [...CHROMIUM_ARGS, '--js-flags=--expose-gc'],
      },
    }),
  ],
  plugins: [esbuildPlugin({ ts: true, target: 'esnext', tsconfig: 'web/tsconfig.json' })],
  reporters: [defaultReporter({ reportTestResults: true, reportTestProgress: false }), countsReporter()],
  testFramework: { config: { timeout: '20000' } },
  coverage: true,
  coverageConfig: {
    include: ['shared/**/*.ts', 'web/**/*.ts'],
    reporters: ['json'],
    reportDir: 'coverage/browser',
  },
};
