from tensorflow import keras
from tensorflow.keras import layers


def create_model(hidden_units=32):
    model = keras.Sequential([keras.Input((64,)), layers.Dense(hidden_units, activation="relu"), layers.Dense(10)])
    model.compile(optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model
