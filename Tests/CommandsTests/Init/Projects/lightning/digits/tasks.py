import lightning as L


def run_fit(module, datamodule, max_epochs=1):
    trainer = L.Trainer(max_epochs=max_epochs, logger=False, enable_checkpointing=False)
    trainer.fit(module, datamodule=datamodule)


def run_test(module, datamodule):
    trainer = L.Trainer(logger=False)
    return trainer.test(module, datamodule=datamodule)[0]
