// ControllerClient
