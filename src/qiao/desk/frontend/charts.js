// Pictures of figures: data-chart holds what is to be drawn. The page's table tells the same without this.

import { BarChart, SankeyChart } from "echarts/charts";
import { GridComponent, LegendComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { onAppear } from "qiao-ui/shell/appear.js";

use([BarChart, SankeyChart, GridComponent, LegendComponent, SVGRenderer]);

const TONES = { blue: "primary", green: "success", amber: "warning", red: "error", violet: "secondary", grey: "neutral" };
const calm = matchMedia("(prefers-reduced-motion: reduce)");

function colors() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--color-${name}`).trim();
  return { ink: of("base-content"), line: of("base-300"), tone: (name) => of(TONES[name] ?? "neutral") };
}

const text = (ink) => ({ color: ink, fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 });

const NARROW = 480;

function flow(told, { ink, tone }, width) {
  return {
    series: [
      {
        type: "sankey",
        left: 4,
        right: width < NARROW ? 150 : 190,
        top: 8,
        bottom: 8,
        nodeGap: 14,
        draggable: false,
        emphasis: { disabled: true },
        data: told.nodes.map((node) => ({ name: node.name, itemStyle: { color: tone(node.tone), borderWidth: 0 } })),
        links: told.links,
        lineStyle: { color: "target", opacity: 0.25 },
        label: {
          ...text(ink),
          textBorderWidth: 0,
          // On a phone the first one's words would lie on the second's; the title says them.
          formatter: ({ name }) =>
            width < NARROW && name === told.nodes[0].name ? "" : told.nodes.find((node) => node.name === name).label,
        },
      },
    ],
  };
}

function days(told, { ink, line, tone }) {
  return {
    textStyle: text(ink),
    grid: { left: 48, right: 12, top: 64, bottom: 44 },
    legend: { top: 0, left: 0, textStyle: text(ink), itemWidth: 12, itemHeight: 12, selectedMode: false },
    xAxis: {
      type: "category",
      data: told.days,
      name: told.x,
      nameLocation: "middle",
      nameGap: 28,
      nameTextStyle: text(ink),
      axisLabel: text(ink),
      axisLine: { lineStyle: { color: line } },
    },
    yAxis: {
      type: "value",
      name: told.y,
      nameTextStyle: { ...text(ink), align: "left", padding: [0, 0, 0, -40] },
      minInterval: 1,
      axisLabel: text(ink),
      splitLine: { lineStyle: { color: line } },
    },
    series: told.series.map((one) => ({
      type: "bar",
      stack: "all",
      name: one.name,
      data: one.values,
      barMaxWidth: 28,
      itemStyle: { color: tone(one.tone) },
      emphasis: { disabled: true },
    })),
  };
}

const KINDS = { flow, days };

onAppear("[data-chart]", (place) => {
  const told = JSON.parse(place.dataset.chart);
  const chart = init(place, null, { renderer: "svg" });
  const draw = () => chart.setOption({ animation: !calm.matches, ...KINDS[told.kind](told, colors(), place.clientWidth) });
  draw();
  new ResizeObserver(() => (chart.resize(), draw())).observe(place);
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
});
