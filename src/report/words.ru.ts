/** The report's words in Russian. */
import type { Numbers } from "./numbers.js";
import type { ReportWords } from "./words.js";

/** 1 шаг, 2 шага, 5 шагов */
const some = (n: Numbers, count: number, one: string, few: string, many: string): string => {
  const form = n.plural(count);
  return `${n.whole(count)} ${form === "one" ? one : form === "few" ? few : many}`;
};

export const ru: ReportWords = {
  title: "Сравнение генеративных архитектур",
  description:
    "Рекуррентные сети, трансформеры, GAN, VAE и диффузионные модели: одинаковый бюджет обучения и одни и те же метрики.",
  lead: (n, { contestants, experiments, seconds, cpu }) =>
    `${some(n, contestants, "архитектура", "архитектуры", "архитектур")} и ${some(n, experiments, "эксперимент", "эксперимента", "экспериментов")}; ` +
    `в каждом эксперименте бюджет обучения у всех одинаковый. Всё на этой странице обучено и измерено за один запуск: ${n.duration(seconds)} на процессоре ${cpu}.`,
  issued: (date, version) => `genarch ${version} · ${date}`,
  quickRun:
    "Это быстрый запуск: модели учились совсем недолго, только чтобы показать сравнение целиком. В полном запуске результаты лучше, и некоторые выводы могут измениться.",
  unfinishedRun: "Запуск был прерван; ниже — то, что он успел закончить.",
  skip: "Сразу к результатам",
  contents: "Содержание",
  theme: { label: "Тема", auto: "Авто", light: "Светлая", dark: "Тёмная" },

  claims: {
    heading: "Что принято считать и что показал запуск",
    about:
      "Вывод относится только к этому запуску: небольшие модели, короткое обучение, данные, названные ниже. В общем случае он утверждение не доказывает и не опровергает.",
    tally: (n, { held, failed, unmeasured }) =>
      [
        `Подтвердилось: ${n.whole(held)}`,
        `не подтвердилось: ${n.whole(failed)}`,
        unmeasured > 0 && `не проверялось: ${n.whole(unmeasured)}`,
      ]
        .filter(Boolean)
        .join(", ") + ".",
    verdicts: {
      held: "Подтвердилось",
      failed: "Не подтвердилось",
      unmeasured: "Не проверялось",
    },
    claim: "Утверждение",
    measured: "Измерено",
    source: "Источник",
    none: "В этом запуске не измерено ничего, что говорило бы за или против какого-либо утверждения.",
    noBest: {
      claim: "Архитектуры, лучшей во всём, не существует.",
      measured: (tables) =>
        tables
          .map(({ title, columns, leads }) => {
            const shares = leads.map(({ name, best }) => `${name}\u00a0— ${best}`).join(", ");
            return `${title}: столбцов ${columns}, из них с лучшим значением: ${shares}.`;
          })
          .join(" "),
    },
    hybrids: {
      claim: "Гибриды семейств превосходят исходные архитектуры.",
      measured: "Гибридных моделей в этом сравнении нет.",
    },
  },

  table: {
    heading: "Архитектуры и критерии",
    about:
      "Лучшее среди архитектур значение в столбце выделено полужирным на цветном фоне. Контрольные строки под чертой в сравнении не участвуют: это модели, которые не учатся ничему или почти ничему, либо реальные данные.",
    architecture: "Архитектура",
    parameters: "Параметры",
    training: "Обучение",
    steps: (n, count) => some(n, count, "шаг", "шага", "шагов"),
    budget: (time) => `На обучение каждой архитектуры отведено ${time}.`,
    best: "лучшее значение",
    lower: "чем меньше, тем лучше",
    higher: "чем больше, тем лучше",
    target: "чем ближе к контрольному значению, тем лучше",
    controls: "Контроль",
    interval: (low, high) => `${low}…${high}`,
    seeds: (values) => `запуски: ${values}`,
    notMeasured: "не измерено",
    columns: "Что означают столбцы",
    source: "Источник",
    notes: "Примечания",
    none: "Ни один эксперимент не завершён.",
  },

  families: {
    control: "контроль",
    recurrent: "рекуррентная сеть",
    transformer: "трансформер",
    gan: "GAN",
    vae: "VAE",
    diffusion: "диффузионная модель",
  },

  experiment: {
    leftOut: "В этот запуск не входит (параметр --only), поэтому здесь ничего не измерено.",
    took: (time) => `Вместе с измерениями эксперимент занял ${time}.`,
    noFigures: "Иллюстраций к этому эксперименту нет.",
  },

  figure: {
    numbers: "Числа в виде таблицы",
    empty: "Показать нечего: модели, о которых идёт речь, в этом запуске не участвовали.",
    series: "Кривая",
    start: "Первая точка",
    end: "Последняя точка",
    lowest: "Минимум",
    highest: "Максимум",
    points: (n, count) => some(n, count, "точка", "точки", "точек"),
    shown: (n, shown, all) => `Показаны не все точки: ${n.whole(shown)} из ${n.whole(all)}.`,
    lines: (title, axes, parts) => `График: ${title}. ${axes}. ${parts.join("; ")}.`,
    lineFrom: (name, from, to) => `${name}: от ${from} до ${to}`,
    scatter: (name, points, centers, note) =>
      `${name}: ${points}; центров мод — ${centers}. ${note}`,
    center: "центр моды",
    prompt: "затравка",
    scroll: (title) => `${title}, прокручивается вбок`,
  },

  run: {
    heading: "Как это получено",
    about: "Всё, от чего зависят приведённые выше числа.",
    settings: "Параметры запуска",
    machine: "Машина",
    again: "Как повторить",
    againAbout:
      "Начальные веса, состав батчей и генерация определяются зерном генератора случайных чисел. Как далеко продвинется обучение за отведённое время, зависит от машины; если вместо времени задать число шагов (--steps), числа везде получатся одинаковыми.",
    size: "Запуск",
    quick: "быстрый",
    full: "полный",
    seed: "Зерно (seed)",
    text: "Текст",
    only: "Состав",
    everything: "полный набор экспериментов",
    secondsEach: "Время на каждую модель",
    stepsEach: "Шагов на каждую модель, не более",
    version: "genarch",
    commit: "Коммит",
    date: "Начало (UTC)",
    wholeTime: "Общее время",
    cpu: "Процессор",
    cores: "Ядра",
    memory: "Память",
    platform: "Система",
    backend: (n, name, threads) => `${name}, ${some(n, threads, "поток", "потока", "потоков")}`,
    backendLabel: "Бэкенд",
    gibibytes: (value) => `${value} ГиБ`,
    commands: {
      run: "весь запуск; в конце — этот отчёт",
      report: "этот же отчёт из results.json, без обучения",
    },
  },

  units: {
    bits: "бит",
    bit: "бит",
    nats: "нат",
    nat: "нат",
    ms: "мс",
    s: "с",
    "chars/s": "симв./с",
    "characters/s": "симв./с",
    "tokens/s": "токенов/с",
    "images/s": "изобр./с",
    "steps/s": "шагов/с",
    "ms/image": "мс/изобр.",
    "bits/char": "бит/симв.",
    "bits/character": "бит/симв.",
  },
  end: "Страница создана программой genarch из файла results.json; ничего извне она не загружает.",
};
