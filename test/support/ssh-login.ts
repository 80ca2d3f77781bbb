/** The logins of the test SSH server. */
import type { AuthContext, utils } from "ssh2";
import type { SshBehaviour } from "./ssh-server";

const keyIsRight = (
  authentication: AuthContext & { method: "publickey" },
  allowed: ReturnType<typeof utils.parseKey>,
) =>
  !(allowed instanceof Error) &&
  allowed.getPublicSSH().equals(authentication.key.data) &&
  (authentication.signature === undefined ||
    authentication.blob === undefined ||
    allowed.verify(authentication.blob, authentication.signature, authentication.hashAlgo));

/** Lets in, refuses or leaves waiting, as the behaviour says. */
export const authenticate = (
  authentication: AuthContext,
  behaviour: SshBehaviour,
  allowed: ReturnType<typeof utils.parseKey>,
): void => {
  const { password, passwordMethods, user } = behaviour;
  const methods: AuthContext["method"][] = ["publickey", ...(password === undefined ? [] : passwordMethods)];
  if (behaviour.hangAuthentication) return;
  const refuse = () => authentication.reject(methods);
  const offered = methods.includes(authentication.method);
  if (behaviour.refuseAuthentication || !offered || (user !== undefined && authentication.username !== user)) {
    refuse();
  } else if (authentication.method === "publickey" && keyIsRight(authentication, allowed)) {
    authentication.accept();
  } else if (authentication.method === "password" && authentication.password === password) {
    authentication.accept();
  } else if (authentication.method === "keyboard-interactive") {
    authentication.prompt([{ prompt: "Password: ", echo: false }], (answers) => {
      if (answers[0] === password) authentication.accept();
      else refuse();
    });
  } else {
    refuse();
  }
};
