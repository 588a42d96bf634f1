// Curves; its few lines of CSS are in ../src/cofund/web/static/uplot.css.
export { default } from "uplot";
