// Calls to environments' own REST APIs.
import { httpAirflowRest } from "../../aws/http-airflow-rest.ts";
import { once } from "../environment.ts";

export const airflowRest = once(httpAirflowRest);
