// Runs in the report page, after uPlot: draws the run that the page carries.
(() => {
  const run = JSON.parse(document.getElementById('run').textContent);
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const axis = { stroke: color('--soft'), grid: { stroke: color('--line'), width: 1 } };
  const rounds = run.rounds.map((round) => round.round);
  const drawn = [];

  function draw(id, { data, series, value, top }) {
    const element = document.getElementById(id);
    const size = () => ({ width: element.clientWidth, height: 280 });
    // The legend tells the last round until a cursor points at another one.
    const tellLast = (plot) => plot.setLegend({ idx: data[0].length - 1 });
    const onReady = (plot) => {
      tellLast(plot);
      plot.over.addEventListener('mouseleave', () => tellLast(plot));
    };
    const plot = new uPlot(
      {
        ...size(),
        hooks: { ready: [onReady] },
        scales: {
          x: { time: false },
          y: { range: (_, __, max) => [0, top ?? uPlot.rangeNum(0, max, 0.1, true)[1]] },
        },
        axes: [
          { ...axis, label: 'round', incrs: [1, 2, 5, 10, 20, 50, 100, 200] },
          { ...axis, size: 80, values: (_, ticks) => ticks.map(value) },
        ],
        series: [
          { label: 'round' },
          ...series.map((one) => ({ ...line(one), value: (_, v) => (v == null ? '' : value(v)) })),
        ],
      },
      data,
      element,
    );
    drawn.push(() => plot.setSize(size()));
  }

  function line({ label, stroke }) {
    return { label, stroke: color(stroke), width: 2, points: { show: true, size: 6 } };
  }

  draw('accuracy', {
    data: [
      [0, ...rounds],
      [run.initialAccuracy, ...run.rounds.map((round) => round.accuracy)],
    ],
    series: [{ label: 'test accuracy', stroke: '--water' }],
    top: 1,
    value: (share) => `${(share * 100).toFixed(1)} %`,
  });
  draw('bytes', {
    data: [
      rounds,
      run.rounds.map((round) => round.uploadedBytes),
      run.rounds.map((round) => round.usage.egressBytes),
    ],
    series: [
      { label: 'uploaded', stroke: '--water' },
      { label: 'downloaded', stroke: '--stay' },
    ],
    value: (bytes) => `${(bytes / 1e6).toFixed(1)} MB`,
  });
  addEventListener('resize', () => {
    for (const resize of drawn) resize();
  });
})();
