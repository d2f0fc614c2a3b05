/** The version that every metric's signature ends with; a test holds it equal to package.json's. */
export const VERSION = "0.1.0";
